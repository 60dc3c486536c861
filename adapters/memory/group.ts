import type { Clock } from '../core/clock.ts'
import type { Deliver, Delivery, Outcome } from '../core/driver.ts'
import { Queue } from '../core/queue.ts'
import type { Stored } from './topic.ts'

/** Messages of one key, in order; at most one batch of them is being delivered. */
interface Lane {
  readonly queue: Queue<Stored>
  /** Delivering, or waiting out a nack's delay. */
  held: boolean
}

/** One reader of the group. */
export interface Member {
  readonly deliver: Deliver
  readonly prefetch: number
  readonly batchSize: number
  inFlight: number
  /** Called when a delivery of this member is settled. */
  readonly onSettled: () => void
}

/** Lanes without messages that are kept, so that a key which comes again finds its lane. */
const idleLanes = 4096
/** Work longer than this, in milliseconds, gives the event loop a turn: memory has no network that would. */
const longestTurnMs = 10
const nextTurn: (run: () => void) => void =
  typeof setImmediate === 'function' ? (run) => setImmediate(run) : (run) => setTimeout(run, 0)

/** The readers of a topic that share its messages, and what they have not settled yet. */
export class Group {
  readonly #topic: string
  readonly #clock: Clock
  readonly #delay: boolean
  readonly #settle: (stored: Stored) => void
  #lanes = new Map<string, Lane>()
  readonly #ready = new Queue<Lane>()
  readonly #loose = new Queue<Stored>()
  readonly #delayed = new Set<Stored>()
  readonly #attempts = new Map<Stored, number>()
  readonly #members: Member[] = []
  readonly #timers = new Set<() => void>()
  /** Aborts when a reset takes away what is being delivered. */
  #lease = new AbortController()
  #looseNext = false
  #turn = 0
  #turnStarted = 0
  #scheduled = false
  /** Counts resets: what was delivered before one is settled for nobody. */
  #generation = 0
  unsettled = 0

  constructor(topic: string, clock: Clock, delay: boolean, settle: (stored: Stored) => void) {
    this.#topic = topic
    this.#clock = clock
    this.#delay = delay
    this.#settle = settle
  }

  join(member: Member): void {
    this.#members.push(member)
    this.#schedule()
  }

  leave(member: Member): void {
    const index = this.#members.indexOf(member)
    if (index !== -1) this.#members.splice(index, 1)
  }

  add(stored: Stored): void {
    this.unsettled++
    const { key } = stored.message
    if (key === undefined) this.#loose.push(stored)
    else {
      const lane = this.#laneOf(key)
      lane.queue.push(stored)
      if (!lane.held && lane.queue.length === 1) this.#ready.push(lane)
    }
    if (this.#members.length > 0) this.#schedule()
  }

  /** Ends the waiting of what was nacked; nothing is delivered any more. */
  close(): void {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }

  /** Forgets everything that is not settled; returns it, but for what is being delivered: that comes back by itself. */
  reset(): Stored[] {
    const lanes = [...this.#lanes.values()].flatMap((lane) => lane.queue.clear())
    const open = [...this.#loose.clear(), ...this.#delayed, ...lanes]
    this.#lanes.clear()
    this.#ready.clear()
    this.#delayed.clear()
    this.#attempts.clear()
    this.#generation++
    this.close()
    this.#lease.abort()
    this.#lease = new AbortController()
    this.unsettled = 0
    return open
  }

  #laneOf(key: string): Lane {
    const known = this.#lanes.get(key)
    if (known !== undefined) return known
    if (this.#lanes.size > idleLanes + 2 * this.unsettled) {
      const busy = new Map<string, Lane>()
      for (const [name, lane] of this.#lanes) if (lane.held || lane.queue.length > 0) busy.set(name, lane)
      this.#lanes = busy
    }
    const lane = { queue: new Queue<Stored>(), held: false }
    this.#lanes.set(key, lane)
    return lane
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const run = () => {
      this.#scheduled = false
      this.#pump()
    }
    if (!this.#turnIsOver()) queueMicrotask(run)
    else {
      nextTurn(() => {
        this.#turnStarted = performance.now()
        run()
      })
    }
  }

  #turnIsOver(): boolean {
    return performance.now() - this.#turnStarted > longestTurnMs
  }

  #pump(): void {
    for (let batches = 1; this.#ready.length > 0 || this.#loose.length > 0; batches++) {
      if (batches % 64 === 0 && this.#turnIsOver()) {
        this.#schedule()
        return
      }
      const member = this.#freeMember()
      if (member === undefined) return
      const count = Math.min(member.batchSize, member.prefetch - member.inFlight)
      // Messages without a key take turns with those that have one.
      this.#looseNext = !this.#looseNext
      const lane = this.#looseNext && this.#loose.length > 0 ? undefined : this.#ready.shift()
      if (lane !== undefined) lane.held = true
      this.#deliver(member, lane, (lane?.queue ?? this.#loose).take(count))
    }
  }

  /** Members take turns. */
  #freeMember(): Member | undefined {
    for (let i = 0; i < this.#members.length; i++) {
      this.#turn = (this.#turn + 1) % this.#members.length
      const member = this.#members[this.#turn]
      if (member !== undefined && member.inFlight < member.prefetch) return member
    }
    return undefined
  }

  #deliver(member: Member, lane: Lane | undefined, batch: readonly Stored[]): void {
    member.inFlight += batch.length
    const generation = this.#generation
    const deliveries: Delivery[] = new Array(batch.length)
    for (let i = 0; i < batch.length; i++) {
      const stored = batch[i]
      if (stored !== undefined) deliveries[i] = this.#deliveryOf(stored)
    }
    const outcomes = member.deliver(deliveries)
    if (outcomes instanceof Promise) this.#finishLater(member, lane, batch, outcomes, generation)
    else this.#finish(member, lane, batch, outcomes, generation)
  }

  #finishLater(
    member: Member,
    lane: Lane | undefined,
    batch: readonly Stored[],
    outcomes: Promise<readonly Outcome[]>,
    generation: number,
  ): void {
    const finish = (settled: readonly Outcome[]) => this.#finish(member, lane, batch, settled, generation)
    // `deliver` never rejects; should a stranger's do so, nothing was settled.
    outcomes.then(finish, () => finish([]))
  }

  #finish(
    member: Member,
    lane: Lane | undefined,
    batch: readonly Stored[],
    outcomes: readonly Outcome[],
    generation: number,
  ): void {
    member.inFlight -= batch.length
    if (generation === this.#generation) this.#settled(lane, batch, outcomes)
    else for (const stored of batch) this.#settle(stored)
    member.onSettled()
    this.#schedule()
  }

  #deliveryOf(stored: Stored): Delivery {
    const { message, sequence, time } = stored
    const attempt = this.#attempts.size === 0 ? 1 : (this.#attempts.get(stored) ?? 1)
    const position = String(sequence)
    const { signal } = this.#lease
    return { message, topic: this.#topic, attempt, lane: message.key, position, time, signal, native: stored }
  }

  #settled(lane: Lane | undefined, batch: readonly Stored[], outcomes: readonly Outcome[]): void {
    let open: Stored[] | undefined
    let delayMs = 0
    for (let i = 0; i < batch.length; i++) {
      const stored = batch[i]
      const outcome = outcomes[i]
      if (stored === undefined) continue
      if (outcome?.kind === 'ack' || outcome?.kind === 'term') {
        this.#close(stored)
        continue
      }
      const wait = this.#count(stored, outcome)
      if (lane === undefined) this.#again(stored, wait)
      else if (open === undefined) {
        open = [stored]
        delayMs = wait
      } else open.push(stored)
    }
    if (lane === undefined) return
    // The lane goes on with what was not settled, in front of all that came later.
    if (open !== undefined) lane.queue.putBack(open)
    if (delayMs === 0) this.#free(lane)
    else this.#later(delayMs, () => this.#free(lane))
  }

  #close(stored: Stored): void {
    this.unsettled--
    if (this.#attempts.size > 0) this.#attempts.delete(stored)
    this.#settle(stored)
  }

  /** Counts a failed attempt; returns how long the next one has to wait. */
  #count(stored: Stored, outcome: Outcome | undefined): number {
    if (outcome?.kind !== 'nack') return 0
    this.#attempts.set(stored, (this.#attempts.get(stored) ?? 1) + 1)
    return this.#delay ? (outcome.delayMs ?? 0) : 0
  }

  #free(lane: Lane): void {
    lane.held = false
    if (lane.queue.length > 0) this.#ready.push(lane)
  }

  #again(stored: Stored, delayMs: number): void {
    if (delayMs === 0) {
      this.#loose.push(stored)
      return
    }
    this.#delayed.add(stored)
    this.#later(delayMs, () => {
      this.#delayed.delete(stored)
      this.#loose.push(stored)
    })
  }

  /** Unless the group is reset in the meantime. */
  #later(delayMs: number, run: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel)
      run()
      this.#schedule()
    })
    this.#timers.add(cancel)
  }
}

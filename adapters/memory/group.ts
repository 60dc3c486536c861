import type { Clock } from '../core/clock.ts'
import type { Deliver, Delivery, Outcome } from '../core/driver.ts'
import { Queue } from './queue.ts'
import type { Stored } from './topic.ts'

/** Messages of one key, in order; at most one batch of them is being delivered. */
interface Lane {
  readonly key: string
  readonly queue: Queue<Stored>
  /** Delivering, or waiting out a nack's delay. */
  held: boolean
}

/** One reader of the group. */
export interface Member {
  readonly deliver: Deliver
  readonly signal: AbortSignal
  readonly prefetch: number
  readonly batchSize: number
  inFlight: number
  /** Called when a delivery of this member is settled. */
  readonly onSettled: () => void
}

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
  readonly #lanes = new Map<string, Lane>()
  readonly #ready = new Queue<Lane>()
  readonly #loose = new Queue<Stored>()
  readonly #delayed = new Set<Stored>()
  readonly #batches = new Set<readonly Stored[]>()
  readonly #attempts = new Map<Stored, number>()
  readonly #members: Member[] = []
  #turn = 0
  #turnStarted = 0
  #scheduled = false
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

  /** Forgets everything that is not settled and returns it; outcomes that are still to come count for nothing. */
  reset(): Stored[] {
    const open = [...this.#loose.clear(), ...this.#delayed, ...[...this.#batches].flat()]
    for (const lane of this.#lanes.values()) open.push(...lane.queue.clear())
    this.#lanes.clear()
    this.#ready.clear()
    this.#delayed.clear()
    this.#batches.clear()
    this.#attempts.clear()
    this.unsettled = 0
    return open
  }

  #laneOf(key: string): Lane {
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { key, queue: new Queue(), held: false }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const run = () => {
      this.#scheduled = false
      this.#pump()
    }
    const now = performance.now()
    if (now - this.#turnStarted <= longestTurnMs) queueMicrotask(run)
    else {
      nextTurn(() => {
        this.#turnStarted = performance.now()
        run()
      })
    }
  }

  #pump(): void {
    for (;;) {
      if (this.#ready.length === 0 && this.#loose.length === 0) return
      const member = this.#freeMember()
      if (member === undefined) return
      const lane = this.#ready.shift()
      const batch = (lane?.queue ?? this.#loose).take(
        Math.min(member.batchSize, member.prefetch - member.inFlight),
      )
      if (lane !== undefined) lane.held = true
      this.#deliver(member, lane, batch)
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
    this.#batches.add(batch)
    member.inFlight += batch.length
    const deliveries = batch.map((stored) => this.#deliveryOf(stored, member.signal))
    member.deliver(deliveries).then(
      (outcomes) => this.#settled(member, lane, batch, outcomes),
      () => this.#settled(member, lane, batch, []),
    )
  }

  #deliveryOf(stored: Stored, signal: AbortSignal): Delivery {
    const { message, sequence, time } = stored
    const attempt = this.#attempts.size === 0 ? 1 : (this.#attempts.get(stored) ?? 1)
    return {
      message,
      topic: this.#topic,
      attempt,
      lane: message.key,
      position: String(sequence),
      time,
      signal,
      native: stored,
    }
  }

  #settled(
    member: Member,
    lane: Lane | undefined,
    batch: readonly Stored[],
    outcomes: readonly Outcome[],
  ): void {
    member.inFlight -= batch.length
    // A seek may have taken the batch away in the meantime.
    if (this.#batches.delete(batch)) {
      const open: Stored[] = []
      let delayMs = 0
      for (let i = 0; i < batch.length; i++) {
        const stored = batch[i]
        const outcome = outcomes[i]
        if (stored === undefined) continue
        if (outcome?.kind === 'ack' || outcome?.kind === 'term') this.#close(stored)
        else {
          const wait = this.#count(stored, outcome)
          if (lane === undefined) this.#again(stored, wait)
          else if (open.push(stored) === 1) delayMs = wait
        }
      }
      if (lane !== undefined) this.#resume(lane, open, delayMs)
    }
    member.onSettled()
    this.#schedule()
  }

  #close(stored: Stored): void {
    this.unsettled--
    this.#attempts.delete(stored)
    this.#settle(stored)
  }

  /** Counts a failed attempt; returns how long the next one has to wait. */
  #count(stored: Stored, outcome: Outcome | undefined): number {
    if (outcome?.kind !== 'nack') return 0
    this.#attempts.set(stored, (this.#attempts.get(stored) ?? 1) + 1)
    return this.#delay ? (outcome.delayMs ?? 0) : 0
  }

  #again(stored: Stored, delayMs: number): void {
    if (delayMs === 0) {
      this.#loose.push(stored)
      return
    }
    this.#delayed.add(stored)
    this.#clock.after(delayMs, () => {
      if (!this.#delayed.delete(stored)) return
      this.#loose.push(stored)
      this.#schedule()
    })
  }

  /** The lane goes on with what was not settled, in front of all that came later. */
  #resume(lane: Lane, open: readonly Stored[], delayMs: number): void {
    if (open.length > 0) lane.queue.putBack(open)
    const go = () => {
      lane.held = false
      if (this.#lanes.get(lane.key) !== lane) return
      if (lane.queue.length > 0) this.#ready.push(lane)
      else this.#lanes.delete(lane.key)
    }
    if (delayMs === 0) go()
    else {
      this.#clock.after(delayMs, () => {
        go()
        this.#schedule()
      })
    }
  }
}

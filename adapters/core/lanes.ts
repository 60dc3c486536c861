import type { Deliver, Delivery, Outcome } from './driver.ts'
import { Queue } from './queue.ts'

/** One message that was received and is not settled. */
export interface Held {
  readonly delivery: Delivery
  readonly key: string | undefined
}

/** One reader of the group in this process. */
interface Member {
  readonly deliver: Deliver
  readonly prefetch: number
  inFlight: number
  /** Why it reads no more, where it was not asked to stop. */
  failure: { readonly error: unknown } | undefined
  /** Called when a delivery of this member has come back. */
  onSettled(): void
}

/** Messages of one key, in order; at most one batch of them is being delivered. */
interface Lane<T> {
  readonly key: string
  readonly queue: Queue<T>
  busy: boolean
}

export interface LanesOptions<T> {
  /** Keys are lanes, and what is not settled stays here until it is; else every message is settled by itself. */
  readonly ordered: boolean
  /** Called with what became of a message; in order it is one of `ack` and `term`. */
  readonly settle: (item: T, outcome: Outcome) => void
}

/** Messages handed over in one go before the event loop gets a turn. */
const mostAtOnce = 1_024
/** A member that gives back what it has not tried gets it again after this time, in milliseconds. */
const againMs = 10
const released: Outcome = { kind: 'release' }

/** Hands the messages of a group to its readers in this process, one batch of a key at a time. */
export class Lanes<T extends Held> {
  readonly #options: LanesOptions<T>
  readonly #members: Member[] = []
  #lanes = new Map<string, Lane<T>>()
  #ready = new Queue<Lane<T>>()
  #loose = new Queue<T>()
  #looseNext = false
  #turn = 0
  #scheduled = false
  /** Counts clearings: what was delivered before one does not come back into a lane. */
  #generation = 0
  #failure: Member['failure']

  constructor(options: LanesOptions<T>) {
    this.#options = options
  }

  /** Deliveries that its readers want to have at most. */
  get prefetch(): number {
    return this.#members.reduce((sum, { prefetch }) => sum + prefetch, 0)
  }

  get isRead(): boolean {
    return this.#members.length > 0
  }

  /** Hands over to one more reader until the signal aborts. Settles when what it was given has come back. Rejects after {@link fail}. */
  read(deliver: Deliver, signal: AbortSignal, prefetch: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const onSettled = () => {
        if (member.inFlight > 0) return
        if (member.failure !== undefined) reject(member.failure.error)
        else if (signal.aborted) resolve()
      }
      const member: Member = { deliver, prefetch, inFlight: 0, failure: this.#failure, onSettled }
      const leave = () => {
        this.#leave(member)
        onSettled()
      }
      signal.addEventListener('abort', leave, { once: true })
      if (this.#failure === undefined) this.#join(member)
      else onSettled()
    })
  }

  /** Hands over to nobody any more: reading cannot go on. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    for (const member of [...this.#members]) {
      this.#leave(member)
      member.failure = this.#failure
      member.onSettled()
    }
  }

  #join(member: Member): void {
    this.#members.push(member)
    this.#schedule()
  }

  #leave(member: Member): void {
    const index = this.#members.indexOf(member)
    if (index !== -1) this.#members.splice(index, 1)
  }

  push(item: T): void {
    const { key } = item
    if (key === undefined || !this.#options.ordered) this.#loose.push(item)
    else {
      let lane = this.#lanes.get(key)
      if (lane === undefined) {
        lane = { key, queue: new Queue<T>(), busy: false }
        this.#lanes.set(key, lane)
      }
      lane.queue.push(item)
      if (!lane.busy && lane.queue.length === 1) this.#ready.push(lane)
    }
    this.#schedule()
  }

  /** Forgets everything. What is being delivered is not put back. */
  clear(): void {
    this.#generation++
    this.#lanes = new Map()
    this.#ready = new Queue()
    this.#loose = new Queue()
  }

  #schedule(): void {
    if (this.#scheduled || this.#members.length === 0) return
    this.#scheduled = true
    // Messages that arrive together are handed over together, and their acknowledgements leave in one write.
    queueMicrotask(() => this.#pump())
  }

  #pump(): void {
    this.#scheduled = false
    for (let taken = 0; this.#ready.length > 0 || this.#loose.length > 0; ) {
      if (taken >= mostAtOnce) {
        this.#scheduled = true
        setImmediate(() => this.#pump())
        return
      }
      const member = this.#freeMember()
      if (member === undefined) return
      // Messages without a key take turns with those that have one.
      this.#looseNext = !this.#looseNext
      const lane = this.#looseNext && this.#loose.length > 0 ? undefined : this.#ready.shift()
      const batch = lane === undefined ? this.#looseBatch() : lane.queue.take(this.#batchSize(member))
      taken += batch.length
      this.#deliver(member, lane, batch)
    }
  }

  /** One at a time: each is settled as soon as it is handled. */
  #looseBatch(): readonly T[] {
    const item = this.#loose.shift()
    return item === undefined ? [] : [item]
  }

  #batchSize({ prefetch }: Member): number {
    return Math.max(1, Math.floor(prefetch / 16))
  }

  /** Members take turns. In lanes the runner limits what runs at once, so that a lane that waits keeps no other back. */
  #freeMember(): Member | undefined {
    for (let i = 0; i < this.#members.length; i++) {
      this.#turn = (this.#turn + 1) % this.#members.length
      const member = this.#members[this.#turn]
      if (member !== undefined && (this.#options.ordered || member.inFlight < member.prefetch)) return member
    }
    return undefined
  }

  #deliver(member: Member, lane: Lane<T> | undefined, batch: readonly T[]): void {
    if (lane !== undefined) lane.busy = true
    const outcomes = member.deliver(batch.map(({ delivery }) => delivery))
    if (!(outcomes instanceof Promise)) {
      this.#finish(member, lane, batch, outcomes)
      return
    }
    const generation = this.#generation
    member.inFlight += batch.length
    const finish = (settled: readonly Outcome[]) => {
      member.inFlight -= batch.length
      if (generation === this.#generation) this.#finish(member, lane, batch, settled)
      else for (const [index, item] of batch.entries()) this.#options.settle(item, settled[index] ?? released)
      member.onSettled()
      this.#schedule()
    }
    // `deliver` never rejects; should a stranger's do so, nothing was settled.
    outcomes.then(finish, () => finish([]))
  }

  #finish(
    member: Member,
    lane: Lane<T> | undefined,
    batch: readonly T[],
    outcomes: readonly Outcome[],
  ): void {
    const { ordered, settle } = this.#options
    let open: T[] | undefined
    for (let i = 0; i < batch.length; i++) {
      const item = batch[i]
      if (item === undefined) continue
      const outcome = outcomes[i] ?? released
      const isOpen = ordered && (outcome.kind === 'nack' || outcome.kind === 'release')
      if (!isOpen) settle(item, outcome)
      else if (open === undefined) open = [item]
      else open.push(item)
    }
    if (open === undefined) this.#free(lane)
    else this.#putBack(member, lane, open)
  }

  #putBack(member: Member, lane: Lane<T> | undefined, open: readonly T[]): void {
    if (lane !== undefined) lane.queue.putBack(open)
    const generation = this.#generation
    const again = () => {
      if (generation !== this.#generation) return
      if (lane === undefined) for (const item of open) this.#loose.push(item)
      else this.#free(lane)
      this.#schedule()
    }
    if (this.#members.includes(member)) setTimeout(again, againMs)
    else again()
  }

  #free(lane: Lane<T> | undefined): void {
    if (lane === undefined) return
    lane.busy = false
    if (lane.queue.length > 0) this.#ready.push(lane)
    else if (this.#lanes.get(lane.key) === lane) this.#lanes.delete(lane.key)
  }
}

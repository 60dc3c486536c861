import type { Deliver, Delivery, Outcome } from '../core/driver.ts'
import type { Logger } from '../core/observe.ts'
import { Deliveries } from './deliveries.ts'
import type { Feed, Read } from './feed.ts'
import type { HeldLease } from './held-lease.ts'
import { checkpointOf, type Position } from './position.ts'

export interface LaneOptions {
  readonly topic: string
  readonly shard: string
  readonly lease: HeldLease
  readonly feed: Feed
  readonly from: Position
  readonly deliver: Deliver
  /** Messages of one delivery at most. */
  readonly prefetch: number
  /** Time that the messages of one delivery should take together: only then the checkpoint moves. */
  readonly checkpointMs: number
  readonly logger: Logger | undefined
}

/** How a lane ended: at the end of its shard, or before. */
export type LaneEnd = 'end' | 'open'

/** Time after which what was given back comes again, in milliseconds: nothing else tells when that is of use. */
const againMs = 20
/** Messages of the first delivery: nothing is known of how long they take. */
const firstCount = 16
/** How long handlers that never wait may keep the event loop, in milliseconds. */
const turnMs = 10

/**
 * One shard, as long as this worker has its lease: delivers in order, and reads ahead meanwhile. The checkpoint moves to what
 * lies below the first record that is not settled.
 */
export class Lane {
  readonly shard: string
  readonly lease: HeldLease
  readonly #options: LaneOptions
  #isClosed = false
  #turnAt = performance.now()
  #count: number

  constructor(options: LaneOptions) {
    this.shard = options.shard
    this.lease = options.lease
    this.#options = options
    this.#count = Math.min(firstCount, options.prefetch)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Reads and begins nothing more; what is being delivered goes on. */
  close(): void {
    this.#isClosed = true
    this.#options.feed.close()
  }

  /** Resolves when nothing is being delivered any more; rejects where the shard cannot be read. */
  async run(): Promise<LaneEnd> {
    const { feed } = this.#options
    try {
      let ahead = feed.next()
      while (!this.#isStopped) {
        const read = await ahead
        if (read === undefined || this.#isStopped) break
        if (!read.isEnd) {
          ahead = feed.next()
          // What it says is heard when its turn comes.
          ahead.catch(() => {})
        }
        if (!(await this.#deliverAll(read))) break
        if (read.isEnd) return 'end'
      }
      return 'open'
    } finally {
      this.close()
    }
  }

  get #isStopped(): boolean {
    return this.#isClosed || !this.lease.isHeld
  }

  /** True where all of it is settled. */
  async #deliverAll(read: Read): Promise<boolean> {
    const { topic, shard, from, deliver, logger } = this.#options
    const deliveries = new Deliveries(read, { topic, shard, from, signal: this.lease.signal, logger })
    for (;;) {
      const part = deliveries.first(this.#count)
      if (part.length === 0) break
      if (this.#isStopped) return false
      const began = performance.now()
      const outcomes = await this.#outcomesOf(deliver, part)
      const settled = countSettled(outcomes, part.length)
      this.#fit(performance.now() - began, settled)
      if (!this.lease.isHeld) return false
      const checkpoint = deliveries.settle(settled)
      if (checkpoint !== undefined) this.lease.advance(checkpoint)
      if (settled < part.length) await new Promise((resolve) => setTimeout(resolve, againMs))
      else await this.#turn()
    }
    // Records of which nothing was to be delivered.
    const last = read.records.at(-1)?.SequenceNumber
    if (last !== undefined && this.lease.isHeld)
      this.lease.advance(checkpointOf({ kind: 'after', sequence: last }))
    return true
  }

  /** So many messages the next time as are settled in the time between two checkpoints; up to twice as many as before. */
  #fit(tookMs: number, settled: number): void {
    const { prefetch, checkpointMs } = this.#options
    const fitting = Math.floor((checkpointMs * settled) / Math.max(tookMs, 0.01))
    this.#count = Math.max(1, Math.min(fitting, 2 * this.#count, prefetch))
  }

  async #outcomesOf(deliver: Deliver, batch: readonly Delivery[]): Promise<readonly Outcome[]> {
    try {
      return await deliver(batch)
    } catch {
      // `deliver` never rejects; should a stranger's do so, nothing was settled.
      return []
    }
  }

  async #turn(): Promise<void> {
    if (performance.now() - this.#turnAt < turnMs) return
    await new Promise((resolve) => setImmediate(resolve))
    this.#turnAt = performance.now()
  }
}

function countSettled(outcomes: readonly Outcome[], count: number): number {
  let settled = 0
  while (settled < count && isSettled(outcomes[settled])) settled++
  return settled
}

function isSettled(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'ack' || outcome?.kind === 'term'
}

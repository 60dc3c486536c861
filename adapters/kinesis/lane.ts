import type { _Record as ClientRecord } from '@aws-sdk/client-kinesis'
import type { Deliver, Delivery, Outcome } from '../core/driver.ts'
import type { Feed, Read } from './feed.ts'
import type { HeldLease } from './held-lease.ts'
import { checkpointOf, type Position } from './position.ts'
import { messagesOfRecord } from './record.ts'

/** What `delivery.native` is. */
export interface NativeRecord {
  /** As the AWS SDK gives it; one that the Kinesis Producer Library aggregated is that of many deliveries. */
  readonly record: ClientRecord
  /** How far the end of the shard was away when it was read (`MillisBehindLatest`). */
  readonly millisBehindLatest: number | undefined
}

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
}

/** How a lane ended: at the end of its shard, or before. */
export type LaneEnd = 'end' | 'open'

interface Item {
  readonly delivery: Delivery
  readonly sequence: string
  /** Its place among the messages of its record. */
  readonly sub: number
  /** The last message of its record, so that a checkpoint may pass the record with it. */
  readonly isLast: boolean
}

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
    const { deliver } = this.#options
    // Made when their turn comes: what lives for as long as a read of 10 000 records costs the garbage collector dearly.
    const items = this.#itemsOf(read)
    let open: Item[] = []
    for (;;) {
      fill(open, items, this.#count)
      if (open.length === 0) break
      if (this.#isStopped) return false
      const part = open.length > this.#count ? open.slice(0, this.#count) : open
      const began = performance.now()
      const outcomes = await this.#outcomesOf(
        deliver,
        part.map(({ delivery }) => delivery),
      )
      const settled = countSettled(outcomes, part.length)
      this.#fit(performance.now() - began, settled)
      if (!this.lease.isHeld) return false
      this.#advance(part[settled - 1])
      open = open.slice(settled)
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

  *#itemsOf({ records, behindMs }: Read): Generator<Item, undefined> {
    const { topic, shard, from, lease } = this.#options
    for (const record of records) {
      const { Data, PartitionKey, SequenceNumber: sequence = '', ApproximateArrivalTimestamp } = record
      const received = messagesOfRecord(
        { Data, PartitionKey, SequenceNumber: sequence, ApproximateArrivalTimestamp },
        topic,
        shard,
      )
      const skipped = from.kind === 'at' && from.sequence === sequence ? from.sub : 0
      const native: NativeRecord = { record, millisBehindLatest: behindMs }
      for (let index = skipped; index < received.length; index++) {
        const found = received[index]
        if (found === undefined) continue
        const { message, origin } = found
        const { position, time } = origin
        yield {
          delivery: {
            message,
            topic,
            attempt: 1,
            lane: shard,
            position,
            time,
            signal: lease.signal,
            native,
          },
          sequence,
          sub: index,
          isLast: index === received.length - 1,
        }
      }
    }
    return undefined
  }

  /**
   * Moves the checkpoint behind a message. It passes an aggregated record when all of it is settled; until then it says from
   * which of its messages on.
   */
  #advance(last: Item | undefined): void {
    if (last === undefined) return
    const { sequence, sub, isLast } = last
    this.lease.advance(
      checkpointOf(isLast ? { kind: 'after', sequence } : { kind: 'at', sequence, sub: sub + 1 }),
    )
  }

  async #turn(): Promise<void> {
    if (performance.now() - this.#turnAt < turnMs) return
    await new Promise((resolve) => setImmediate(resolve))
    this.#turnAt = performance.now()
  }
}

function fill(open: Item[], items: Generator<Item, undefined>, count: number): void {
  while (open.length < count) {
    const { value } = items.next()
    if (value === undefined) return
    open.push(value)
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

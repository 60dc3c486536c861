import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { Deliver, Delivery, Outcome } from '../core/driver.ts'
import { FetchedRecord } from './fetched-record.ts'
import { messageOfRecord } from './message.ts'

export interface LaneOptions {
  readonly deliver: Deliver
  /** Records of one delivery at most. */
  readonly prefetch: number
  /** Called when everything below the offset is settled. */
  readonly onSettled: (lane: Lane, offset: bigint) => void
  /** What an earlier holder of the partition in this process is still busy with. */
  readonly after?: Promise<void> | undefined
}

/** Records of one fetch that the lane has not delivered before. */
interface Batch {
  readonly payload: EachBatchPayload
  readonly messages: readonly KafkaMessage[]
}

/** From so many records on, the next fetch is on its way before they are delivered. */
const largeBatch = 64

/**
 * One partition, as long as this member has it. It takes one batch ahead of the one that is being delivered, so that
 * handlers do not wait for the network; kafkajs's own offsets only say what to fetch next.
 */
export class Lane {
  readonly topic: string
  readonly partition: number
  readonly #options: LaneOptions
  readonly #lease = new AbortController()
  /** Everything before it is settled; unknown until the first batch. */
  #next: bigint | undefined
  /** Everything before it was taken. */
  #taken: bigint | undefined
  /** Went back to what was not settled: a fetch of later records may still be on its way. */
  #isRewound = false
  #isClosed = false
  #ahead: Batch | undefined
  #pending: Promise<void> | undefined
  #room: { readonly promise: Promise<void>; readonly open: () => void } | undefined

  constructor(topic: string, partition: number, options: LaneOptions) {
    this.topic = topic
    this.partition = partition
    this.#options = options
    this.#pending = options.after?.then(() => this.#done())
  }

  /** What is being delivered. */
  get pending(): Promise<void> | undefined {
    return this.#pending
  }

  /** The partition is another member's now: nothing of it is settled any more. */
  lose(): void {
    this.close()
    this.#lease.abort()
  }

  /** Takes and begins nothing more; what is being delivered goes on. */
  close(): void {
    this.#isClosed = true
    this.#ahead = undefined
    this.#openRoom()
  }

  /** Takes a batch. Returns a promise where there is no room for another one before it resolves. */
  take(payload: EachBatchPayload): Promise<void> | undefined {
    if (this.#isClosed) return undefined
    if (this.#ahead !== undefined) return this.#waitForRoom()
    const messages = this.#fresh(payload)
    const last = messages[messages.length - 1]
    if (last === undefined) return undefined
    resolve(payload, last.offset)
    this.#taken = BigInt(payload.batch.lastOffset()) + 1n
    if (this.#pending === undefined) {
      this.#begin({ payload, messages })
      return undefined
    }
    this.#ahead = { payload, messages }
    return this.#waitForRoom()
  }

  /** Without what was taken already: kafkajs fetches from the last commit after a rebalance. */
  #fresh(payload: EachBatchPayload): readonly KafkaMessage[] {
    const { batch } = payload
    const { messages } = batch
    const [first] = messages
    const taken = this.#taken
    if (first === undefined || taken === undefined) return messages
    // The log ends before the place that was reached: the topic was created anew.
    if (BigInt(batch.highWatermark) < taken) return messages
    const begin = 'fetchedOffset' in batch ? BigInt(String(batch.fetchedOffset)) : BigInt(first.offset)
    if (this.#isRewound && begin > taken) return []
    this.#isRewound = false
    if (BigInt(first.offset) >= taken) return messages
    resolve(payload, String(taken - 1n))
    return messages.filter(({ offset }) => BigInt(offset) >= taken)
  }

  #begin(batch: Batch): void {
    const reading =
      batch.messages.length < largeBatch ? this.#read(batch) : nextTurn().then(() => this.#read(batch))
    if (typeof reading === 'boolean') {
      if (!reading) this.#rewind(batch)
      return
    }
    // `deliver` never rejects; should a stranger's do so, nothing was settled.
    const end = (isSettled: boolean) => {
      if (!isSettled) this.#rewind(batch)
      this.#done()
    }
    this.#pending = reading.then(end, () => end(false))
  }

  #done(): void {
    this.#pending = undefined
    const batch = this.#ahead
    this.#ahead = undefined
    if (batch !== undefined) this.#begin(batch)
    this.#openRoom()
  }

  /** What was not settled comes again, before anything else of the lane. */
  #rewind({ payload, messages }: Batch): void {
    if (this.#isClosed) return
    this.#ahead = undefined
    this.#taken = this.#next ?? BigInt(messages[0]?.offset ?? '0')
    this.#isRewound = true
    resolve(payload, String(this.#taken - 1n))
  }

  /** Delivers a batch part by part; waits only where a handler does. True where all of it was settled. */
  #read(batch: Batch): boolean | Promise<boolean> {
    const { messages } = batch
    for (let from = 0; from < messages.length && !this.#isClosed; from += this.#options.prefetch) {
      const outcomes = this.#options.deliver(this.#part(messages, from))
      if (outcomes instanceof Promise) return this.#readRest(batch, from, outcomes)
      if (!this.#settle(batch, from, outcomes)) return false
    }
    return true
  }

  /** Goes on from the first part that had to wait. */
  async #readRest(batch: Batch, first: number, waiting: Promise<readonly Outcome[]>): Promise<boolean> {
    const { messages } = batch
    let outcomes: readonly Outcome[] = await waiting
    for (let from = first; ; outcomes = await this.#options.deliver(this.#part(messages, from))) {
      if (!this.#settle(batch, from, outcomes)) return false
      from += this.#options.prefetch
      if (from >= messages.length || this.#isClosed) return true
    }
  }

  #part(messages: readonly KafkaMessage[], from: number): readonly Delivery[] {
    const { topic } = this
    const { signal } = this.#lease
    const lane = String(this.partition)
    const to = Math.min(messages.length, from + this.#options.prefetch)
    const part: Delivery[] = new Array(to - from)
    for (let i = from; i < to; i++) {
      const native = messages[i]
      if (native === undefined) continue
      part[i - from] = {
        message: native instanceof FetchedRecord ? native.message() : messageOfRecord(native),
        topic,
        attempt: 1,
        lane,
        position: native.offset,
        time: native instanceof FetchedRecord ? native.time : Number(native.timestamp),
        signal,
        native,
      }
    }
    return part
  }

  /** True where all of the part is settled. */
  #settle({ payload, messages }: Batch, from: number, outcomes: readonly Outcome[]): boolean {
    if (this.#lease.signal.aborted) return false
    const count = Math.min(messages.length - from, this.#options.prefetch)
    let settled = 0
    while (settled < count && isSettled(outcomes[settled])) settled++
    const last = messages[from + settled - 1]
    if (settled > 0 && last !== undefined) {
      const isEnd = from + settled === messages.length
      // What stands behind the last message is no message: a transaction's marker.
      this.#next = BigInt(isEnd ? payload.batch.lastOffset() : last.offset) + 1n
      this.#options.onSettled(this, this.#next)
    }
    return settled === count
  }

  #waitForRoom(): Promise<void> {
    if (this.#room === undefined) {
      let open = () => {}
      const promise = new Promise<void>((resolve) => {
        open = resolve
      })
      this.#room = { promise, open }
    }
    return this.#room.promise
  }

  #openRoom(): void {
    if (this.#ahead !== undefined) return
    this.#room?.open()
    this.#room = undefined
  }
}

/** kafkajs throws where it has just joined anew without this topic; the lane is about to be lost then. */
function resolve({ resolveOffset }: EachBatchPayload, offset: string): void {
  try {
    resolveOffset(offset)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}

function isSettled(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'ack' || outcome?.kind === 'term'
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

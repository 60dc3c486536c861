import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { Deliver, Delivery, Outcome } from '../core/driver.ts'
import { messageOfRecord } from './message.ts'

/** What `Delivery.native` is on Kafka. */
export interface KafkaDelivery {
  readonly topic: string
  readonly partition: number
  readonly message: KafkaMessage
}

export interface LaneOptions {
  readonly deliver: Deliver
  /** Records of one delivery at most. */
  readonly prefetch: number
  /** Called when everything below the offset is settled. */
  readonly onSettled: (lane: Lane, offset: bigint) => void
}

/** One partition, as long as this member has it. */
export class Lane {
  readonly topic: string
  readonly partition: number
  readonly #options: LaneOptions
  readonly #lease = new AbortController()
  /** Everything before it is settled; unknown until the first batch. */
  #next: bigint | undefined
  #pending: Promise<void> | undefined
  /** What an earlier holder of the partition in this process is still busy with. */
  readonly #before: Promise<void> | undefined

  constructor(topic: string, partition: number, options: LaneOptions, before?: Promise<void>) {
    this.topic = topic
    this.partition = partition
    this.#options = options
    this.#before = before
  }

  /** What is being delivered. */
  get pending(): Promise<void> | undefined {
    return this.#pending
  }

  get isLost(): boolean {
    return this.#lease.signal.aborted
  }

  /** The partition is another member's now: nothing of it is settled any more. */
  lose(): void {
    this.#lease.abort()
  }

  /** Delivers a batch; returns a promise only where a handler had to wait. */
  read(payload: EachBatchPayload): Promise<void> | undefined {
    if (this.#pending !== undefined || this.isLost) return this.#pending
    const reading = this.#before === undefined ? this.#read(payload) : this.#readAfter(this.#before, payload)
    if (reading === undefined) return undefined
    // `deliver` never rejects; should a stranger's do so, nothing was settled.
    const done = () => {
      this.#pending = undefined
    }
    const pending = reading.then(done, done)
    this.#pending = pending
    return pending
  }

  async #readAfter(before: Promise<void>, payload: EachBatchPayload): Promise<void> {
    await before
    await this.#read(payload)
  }

  #read(payload: EachBatchPayload): Promise<void> | undefined {
    if (this.isLost) return undefined
    const messages = this.#fresh(payload)
    for (let from = 0; from < messages.length; from += this.#options.prefetch) {
      const part = this.#part(messages, from)
      const outcomes = this.#options.deliver(part)
      if (outcomes instanceof Promise) return this.#readRest(payload, messages, from, outcomes)
      if (!this.#settle(payload, messages, from, outcomes)) return undefined
    }
    return undefined
  }

  /** Goes on from the first part that had to wait. */
  async #readRest(
    payload: EachBatchPayload,
    messages: readonly KafkaMessage[],
    first: number,
    waiting: Promise<readonly Outcome[]>,
  ): Promise<void> {
    let outcomes = waiting
    for (let from = first; ; ) {
      if (!this.#settle(payload, messages, from, await outcomes)) return
      from += this.#options.prefetch
      if (from >= messages.length) return
      outcomes = Promise.resolve(this.#options.deliver(this.#part(messages, from)))
    }
  }

  /** Without what was settled already: kafkajs fetches from the last commit after a rebalance. */
  #fresh({ batch, resolveOffset }: EachBatchPayload): readonly KafkaMessage[] {
    const { messages } = batch
    const [first] = messages
    if (first === undefined || this.#next === undefined || BigInt(first.offset) >= this.#next) return messages
    // The log ends before the place that was reached: the topic was created anew.
    if (BigInt(batch.highWatermark) < this.#next) return messages
    const next = this.#next
    resolve(resolveOffset, String(next - 1n))
    return messages.filter(({ offset }) => BigInt(offset) >= next)
  }

  #part(messages: readonly KafkaMessage[], from: number): readonly Delivery[] {
    const { topic, partition } = this
    const { signal } = this.#lease
    const lane = String(partition)
    const to = Math.min(messages.length, from + this.#options.prefetch)
    const part: Delivery[] = new Array(to - from)
    for (let i = from; i < to; i++) {
      const message = messages[i]
      if (message === undefined) continue
      const native: KafkaDelivery = { topic, partition, message }
      part[i - from] = {
        message: messageOfRecord(message),
        topic,
        attempt: 1,
        lane,
        position: message.offset,
        time: Number(message.timestamp),
        signal,
        native,
      }
    }
    return part
  }

  /** True where all of the part is settled. */
  #settle(
    { batch, resolveOffset }: EachBatchPayload,
    messages: readonly KafkaMessage[],
    from: number,
    outcomes: readonly Outcome[],
  ): boolean {
    if (this.isLost) return false
    const count = Math.min(messages.length - from, this.#options.prefetch)
    let settled = 0
    while (settled < count && isSettled(outcomes[settled])) settled++
    const last = messages[from + settled - 1]
    if (settled > 0 && last !== undefined) {
      resolve(resolveOffset, last.offset)
      const isEnd = from + settled === messages.length
      // What stands behind the last message is no message: a transaction's marker.
      const next = BigInt(isEnd ? batch.lastOffset() : last.offset) + 1n
      this.#next = next
      this.#options.onSettled(this, next)
    }
    return settled === count
  }
}

/** kafkajs throws where it has just joined anew without this topic; the lane is about to be lost then. */
function resolve(resolveOffset: EachBatchPayload['resolveOffset'], offset: string): void {
  try {
    resolveOffset(offset)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}

function isSettled(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'ack' || outcome?.kind === 'term'
}

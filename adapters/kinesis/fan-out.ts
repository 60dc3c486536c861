import type { Kinesis, SubscribeToShardEventStream } from '@aws-sdk/client-kinesis'
import { onAbort } from '../core/on-abort.ts'
import type { Client } from './client.ts'
import type { Feed, Read } from './feed.ts'
import { Backoff } from './pause.ts'
import type { FeedOptions } from './polling.ts'
import { compareSequences, isEarly, type Position, startingPosition } from './position.ts'
import { faultOf, problem, problemOf } from './problem.ts'
import { describeStream, missingStream } from './streams.ts'

type Events = AsyncIterator<SubscribeToShardEventStream>

/** Time that a new consumer has to get ready, in milliseconds. */
const registerMs = 60_000
const quietFailures = 3

/**
 * Registers the consumer of a group, where it is not registered yet, and returns its ARN. It stays registered, and is paid
 * for, until it is deregistered.
 */
export async function registerConsumer(client: Client, topic: string, name: string): Promise<string> {
  const what = `registering consumer "${name}" of "${topic}"`
  const permission = 'kinesis:RegisterStreamConsumer and kinesis:DescribeStreamConsumer'
  const circumstances = { permission, missing: missingStream(client, topic) }
  const consumer = { StreamARN: (await describeStream(client, topic)).arn, ConsumerName: name }
  await client.call(what, circumstances, async () => {
    try {
      await client.native.registerStreamConsumer(consumer)
    } catch (error) {
      if (faultOf(error).name !== 'ResourceInUseException') throw error
    }
  })
  const until = performance.now() + registerMs
  while (performance.now() < until) {
    const { ConsumerDescription: found } = await client.call(what, circumstances, () =>
      client.native.describeStreamConsumer(consumer),
    )
    if (found?.ConsumerStatus === 'ACTIVE' && found.ConsumerARN !== undefined) return found.ConsumerARN
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw problem('ERR_TIMEOUT', `${what}: it did not get ready: look at its status in Kinesis`)
}

/** Reads a shard by `SubscribeToShard`; a subscription lasts five minutes, and is followed by the next. */
export class FanOutFeed implements Feed {
  readonly #options: FeedOptions
  readonly #consumer: string
  readonly #kinesis: Kinesis
  readonly #closing = new AbortController()
  readonly #backoff = new Backoff(500, 10_000)
  #at: Position
  #lastRead: string | undefined
  #events: Events | undefined

  constructor(options: FeedOptions, consumer: string) {
    this.#options = options
    this.#consumer = consumer
    this.#kinesis = options.client.createStreaming()
    this.#at = options.from
  }

  close(): void {
    this.#closing.abort()
    // Nothing else ends a stream that nothing comes from.
    this.#kinesis.destroy()
  }

  async next(): Promise<Read | undefined> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        const read = await this.#untilClosed(this.#read())
        if (signal.aborted) return undefined
        if (read !== undefined && (read.records.length > 0 || read.isEnd)) return read
      } catch (error) {
        if (signal.aborted) return undefined
        this.#events = undefined
        await this.#meet(error)
      }
    }
    return undefined
  }

  /** Once for each read: what waits for a promise that outlives them all would keep what every read gave. */
  #untilClosed(reading: Promise<Read | undefined>): Promise<Read | undefined> {
    return new Promise((resolve, reject) => {
      const forget = onAbort(this.#closing.signal, () => resolve(undefined))
      reading.then(resolve, reject).finally(forget)
    })
  }

  /** The next event, or `undefined` where the subscription is over and another must follow. */
  async #read(): Promise<Read | undefined> {
    this.#events ??= await this.#subscribe()
    const { value, done } = await this.#events.next()
    if (done) {
      this.#events = undefined
      return undefined
    }
    const event = value.SubscribeToShardEvent
    if (event === undefined) return undefined
    this.#backoff.reset()
    const { Records = [], ContinuationSequenceNumber: next, MillisBehindLatest, ChildShards = [] } = event
    const before = this.#lastRead
    const records =
      before === undefined
        ? Records
        : Records.filter(({ SequenceNumber = '' }) => compareSequences(SequenceNumber, before) > 0)
    this.#lastRead = records.at(-1)?.SequenceNumber ?? before
    const after = next ?? this.#lastRead
    if (after !== undefined) this.#at = { kind: 'after', sequence: after }
    return { records, behindMs: MillisBehindLatest, isEnd: next === undefined && ChildShards.length > 0 }
  }

  async #subscribe(): Promise<Events> {
    const { EventStream } = await this.#kinesis.subscribeToShard(
      {
        ConsumerARN: this.#consumer,
        ShardId: this.#options.shard,
        StartingPosition: startingPosition(this.#at),
      },
      { abortSignal: this.#closing.signal },
    )
    if (EventStream === undefined) throw problem('ERR_CONFIG', 'SubscribeToShard gave no events')
    return EventStream[Symbol.asyncIterator]()
  }

  async #meet(error: unknown): Promise<void> {
    const { client, topic, shard, logger } = this.#options
    const { name, message, isPassing } = faultOf(error)
    const fields = { topic, shard, reason: `${name}: ${message}` }
    // For up to five seconds the service takes the last subscription for one that still lasts.
    const isInvalid = name === 'InvalidArgumentException'
    const isBusy = name === 'ResourceInUseException' || (isInvalid && isEarly(this.#at))
    if (isInvalid && !isBusy && this.#at.kind !== 'earliest') {
      logger?.warn(fields, '[kinesis] the shard does not know the position: reading it from its beginning')
      this.#at = { kind: 'earliest' }
    } else if (!isPassing && !isBusy) {
      throw problemOf(`reading "${topic}"`, error, {
        permission: 'kinesis:SubscribeToShard',
        place: client.place,
        missing: missingStream(client, topic),
      })
    }
    if (this.#backoff.failures === quietFailures)
      logger?.warn(fields, `[kinesis] subscribing to "${topic}" fails for the moment: trying again`)
    await this.#backoff.wait(this.#closing.signal)
  }
}

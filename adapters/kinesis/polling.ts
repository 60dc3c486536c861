import type { GetRecordsOutput } from '@aws-sdk/client-kinesis'
import type { Logger } from '../core/observe.ts'
import type { Client } from './client.ts'
import type { Feed, Read } from './feed.ts'
import { Backoff, pause } from './pause.ts'
import { compareSequences, isEarly, iteratorRequest, type Position } from './position.ts'
import { faultOf, problemOf } from './problem.ts'
import { missingStream, named } from './streams.ts'

export interface FeedOptions {
  readonly client: Client
  readonly topic: string
  readonly shard: string
  readonly from: Position
  readonly logger: Logger | undefined
}

/** Failures after which a warning is logged, so that one that passes at once is not. */
const quietFailures = 3

/** Reads a shard by `GetRecords`, never more often than `pollMs`, which all readers of the shard share. */
export class PollingFeed implements Feed {
  readonly #options: FeedOptions
  readonly #closing = new AbortController()
  readonly #backoff = new Backoff(200, 10_000)
  #at: Position
  #iterator: string | undefined
  #last = Number.NEGATIVE_INFINITY

  constructor(options: FeedOptions) {
    this.#options = options
    this.#at = options.from
    this.#iterator = options.from.kind === 'latest' ? options.from.iterator : undefined
  }

  close(): void {
    this.#closing.abort()
  }

  async next(): Promise<Read | undefined> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        const answer = await this.#ask(signal)
        if (answer === undefined) return undefined
        this.#backoff.reset()
        return this.#take(answer)
      } catch (error) {
        if (signal.aborted) return undefined
        await this.#meet(error)
      }
    }
    return undefined
  }

  async #ask(abortSignal: AbortSignal): Promise<GetRecordsOutput | undefined> {
    const { client, topic, shard } = this.#options
    const { pollMs, maxRecords } = client.settings
    await pause(this.#last + pollMs - performance.now(), abortSignal)
    if (abortSignal.aborted) return undefined
    this.#last = performance.now()
    if (this.#iterator === undefined) {
      const request = { ...named(topic), ShardId: shard, ...iteratorRequest(this.#at) }
      const { ShardIterator } = await client.kinesis.getShardIterator(request, { abortSignal })
      this.#iterator = ShardIterator
    }
    return client.getRecords(
      { ShardIterator: this.#iterator, Limit: maxRecords, ...arnOf(topic) },
      { abortSignal },
    )
  }

  #take({ Records = [], NextShardIterator, MillisBehindLatest }: GetRecordsOutput): Read {
    this.#iterator = NextShardIterator ?? undefined
    const at = this.#at
    // An iterator made anew from a moment may begin before what was read already.
    const records =
      at.kind === 'after'
        ? Records.filter(({ SequenceNumber = '' }) => compareSequences(SequenceNumber, at.sequence) > 0)
        : Records
    const last = records.at(-1)?.SequenceNumber
    if (last !== undefined) this.#at = { kind: 'after', sequence: last }
    return { records, behindMs: MillisBehindLatest, isEnd: this.#iterator === undefined }
  }

  /** Goes on where that is of use; throws where not. */
  async #meet(error: unknown): Promise<void> {
    const { client, topic, shard, logger } = this.#options
    const { name, message, isPassing } = faultOf(error)
    const fields = { topic, shard, reason: `${name}: ${message}` }
    if (name === 'ExpiredIteratorException') {
      this.#iterator = undefined
      logger?.debug(fields, '[kinesis] the iterator expired: reading goes on from the last position')
      return
    }
    if (
      name === 'InvalidArgumentException' &&
      (isEarly(this.#at) || this.#backoff.failures < quietFailures)
    ) {
      // An iterator, or a position of a stream that was deleted and created anew.
      if (this.#iterator === undefined && !isEarly(this.#at)) {
        logger?.warn(fields, '[kinesis] the shard does not know the position: reading it from its beginning')
        this.#at = { kind: 'earliest' }
      }
      this.#iterator = undefined
    } else if (!isPassing) {
      throw problemOf(`reading "${topic}"`, error, {
        permission: 'kinesis:GetShardIterator and kinesis:GetRecords',
        place: client.place,
        missing: missingStream(client, topic),
      })
    }
    if (this.#backoff.failures === quietFailures)
      logger?.warn(fields, `[kinesis] reading "${topic}" fails for the moment: trying again`)
    await this.#backoff.wait(this.#closing.signal)
  }
}

function arnOf(topic: string): { StreamARN: string } | object {
  return topic.startsWith('arn:') ? { StreamARN: topic } : {}
}

import type { PutRecordsRequestEntry } from '@aws-sdk/client-kinesis'
import type { SendResult } from '../core/driver.ts'
import { WaybillError } from '../core/errors.ts'
import type { Message } from '../core/message.ts'
import { sizeOf } from '../core/message.ts'
import type { Client } from './client.ts'
import { faultOf, isMissing, problem, problemOf, serviceError } from './problem.ts'
import { missingStream, named } from './streams.ts'

/** Limits of one `PutRecords` (API reference), and of one shard in a second. */
const maxRecords = 500
const shardRecords = 1_000
const shardBytes = 1_048_576

/** Bytes of one `PutRecords`: twice the usual where records are larger than usual (API reference). */
export function requestBytes(maxMessageBytes: number): number {
  return maxMessageBytes > 1_048_576 ? 10_485_760 : 5_242_880
}

export const maxBatchRecords = maxRecords

type Send = (
  topic: string,
  messages: readonly Message[],
  signal?: AbortSignal,
) => Promise<readonly SendResult[]>

/** A record and where it stood in the call. */
interface Placed {
  readonly index: number
  readonly size: number
  readonly record: PutRecordsRequestEntry
}

/** Keys of which a record failed, and where the first of these stood: what comes after it must not be stored before it. */
type Failed = Map<string, number>

/**
 * Sends by `PutRecords`, which may refuse some records of a request and take others that come after them. So that a key keeps
 * its order, a request holds one record of each key, and the next of a key follows when the one before is stored.
 */
export function createProducer(client: Client): Send {
  const { ordered, maxMessageBytes } = client.settings
  const permission = 'kinesis:PutRecords'

  return async (topic, messages, signal) => {
    const results: SendResult[] = new Array(messages.length)
    let open: Placed[] = []
    for (const [index, message] of messages.entries()) {
      const size = sizeOf(message)
      const refusal = refusalOf(message, size)
      if (refusal === undefined) open.push({ index, size, record: recordOf(message) })
      else results[index] = refusal
    }
    const failed: Failed = new Map()
    for (const [index, { key }] of messages.entries())
      if (results[index] !== undefined && key !== undefined) note(failed, key, index)
    while (open.length > 0) {
      const later: Placed[] = []
      const request = take(open, later, failed, results)
      open = later
      if (request.length > 0) await put(topic, request, results, failed, signal)
    }
    return results
  }

  /** The next request from the front; what does not fit or must wait goes to `later`, in order. */
  function take(
    open: readonly Placed[],
    later: Placed[],
    failed: Failed,
    results: SendResult[],
  ): readonly Placed[] {
    const request: Placed[] = []
    const keys = new Set<string>()
    let bytes = 0
    for (const placed of open) {
      const key = placed.record.PartitionKey ?? ''
      if (placed.index > (failed.get(key) ?? placed.index)) {
        results[placed.index] = heldBack()
        continue
      }
      const isFull =
        request.length >= maxRecords ||
        (request.length > 0 && bytes + placed.size > requestBytes(maxMessageBytes))
      if (isFull || (ordered && keys.has(key))) {
        // What follows of its key waits as well.
        keys.add(key)
        later.push(placed)
        continue
      }
      keys.add(key)
      bytes += placed.size
      request.push(placed)
    }
    return request
  }

  async function put(
    topic: string,
    request: readonly Placed[],
    results: SendResult[],
    failed: Failed,
    abortSignal: AbortSignal | undefined,
  ): Promise<void> {
    const fail = ({ index, record }: Placed, refusal: SendResult) => {
      results[index] = refusal
      note(failed, record.PartitionKey ?? '', index)
    }
    try {
      const Records = request.map(({ record }) => record)
      const answer = await client.kinesis.putRecords(
        { ...named(topic), Records },
        abortSignal === undefined ? {} : { abortSignal },
      )
      const refused = request.filter((_, i) => answer.Records?.[i]?.ErrorCode !== undefined)
      for (const [i, placed] of request.entries()) {
        const { ErrorCode, ErrorMessage, SequenceNumber, ShardId } = answer.Records?.[i] ?? {}
        if (ErrorCode !== undefined)
          fail(placed, failure(topic, serviceError(ErrorCode, ErrorMessage ?? ErrorCode), refused))
        else if (SequenceNumber === undefined)
          fail(placed, failure(topic, serviceError('InternalFailure', 'no result'), [placed]))
        else results[placed.index] = { position: SequenceNumber, lane: ShardId }
      }
    } catch (error) {
      const refusal = abortSignal?.aborted ? ended(topic) : failure(topic, error, request)
      for (const placed of request) fail(placed, refusal)
    }
  }

  function failure(topic: string, error: unknown, refused: readonly Placed[]): SendResult {
    const { isPassing, isConnection, isThrottle } = faultOf(error)
    const missing = missingStream(client, topic)
    const circumstances = { permission, place: client.place, code: 'ERR_PUBLISH', missing } as const
    const explained = problemOf(`publishing to "${topic}"`, error, circumstances)
    const retryable = isPassing && !isMissing(error) && (!isConnection || client.hasAnswered)
    return { error: explained, retryable, ...(isThrottle ? { retryAfterMs: waitFor(refused) } : {}) }
  }

  function refusalOf(message: Message, size: number): SendResult | undefined {
    if (size > maxMessageBytes)
      return {
        error: problem(
          'ERR_TOO_LARGE',
          `the record has ${size} bytes with its key, the limit is ${maxMessageBytes}: send less data, or raise "maxMessageBytes" and the stream's MaxRecordSizeInKiB`,
        ),
        retryable: false,
      }
    const header = Object.keys(message.headers).find((name) => !isImplied(name, message.headers[name]))
    if (header === undefined) return undefined
    const advice = 'leave it out, or send the event in structured mode'
    const text = `a Kinesis record has no headers, so ${JSON.stringify(header)} cannot be sent: ${advice}`
    return { error: new WaybillError('ERR_UNSUPPORTED', text, { adapter: 'kinesis' }), retryable: false }
  }
}

function note(failed: Failed, key: string, index: number): void {
  failed.set(key, Math.min(index, failed.get(key) ?? index))
}

/** The media type of a structured event, which the record's data tell by themselves. */
function isImplied(name: string, value: string | undefined): boolean {
  return name.toLowerCase() === 'content-type' && /^application\/cloudevents\+json\b/i.test(value ?? '')
}

/** A record without a key goes to any shard. */
function recordOf({ body, key }: Message): PutRecordsRequestEntry {
  const PartitionKey = key === undefined || key === '' ? crypto.randomUUID() : key
  return { Data: body ?? new Uint8Array(), PartitionKey }
}

/** The time in which a shard takes what was refused, a second at most: its limits are those of a second. */
function waitFor(refused: readonly Placed[]): number {
  const bytes = refused.reduce((sum, { size }) => sum + size, 0)
  const seconds = Math.max(refused.length / shardRecords, bytes / shardBytes, 0.05)
  return Math.ceil(1_000 * Math.min(1, seconds))
}

function heldBack(): SendResult {
  const error = problem('ERR_PUBLISH', 'an earlier record of its key failed: publish both again, in order')
  return { error, retryable: true, tried: false }
}

function ended(topic: string): SendResult {
  const error = problem('ERR_CLOSED', `publishing to "${topic}" was ended: it may have arrived or not`)
  return { error, retryable: false }
}

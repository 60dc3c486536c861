import type { SendResult } from '../core/driver.ts'
import { heldBack } from '../core/held-back.ts'
import { type Message, sizeOf } from '../core/message.ts'
import type { Client } from './client.ts'
import { errorNamed, faultOf, isMissing, problem, problemOf } from './problem.ts'
import { missingStream, named } from './streams.ts'
import { type Unit, unitsOf } from './units.ts'

/** Records of one `PutRecords` (API reference). */
export const maxBatchRecords = 500
/** What one shard takes in a second (Developer Guide, "Quotas and limits"). */
const shardRecords = 1_000
const shardBytes = 1_048_576

/** Bytes of one `PutRecords`: twice the usual where records are larger than usual (API reference). */
export function requestBytes(maxMessageBytes: number): number {
  return maxMessageBytes > 1_048_576 ? 10_485_760 : 5_242_880
}

type Send = (
  topic: string,
  messages: readonly Message[],
  signal?: AbortSignal,
) => Promise<readonly SendResult[]>

/** Keys of which a message failed, and where the first of these stood: what comes after it must not be stored before it. */
type Failed = Map<string, number>

/** One call of `send`. */
interface Call {
  readonly topic: string
  readonly results: SendResult[]
  readonly failed: Failed
  readonly abortSignal: AbortSignal | undefined
}

/**
 * Sends by `PutRecords`, which may refuse some records of a request and take others that come after them. So that a key keeps
 * its order, a request holds one record of each key: messages that go out together are aggregated, and what does not fit
 * follows when the record before is stored. With `order: 'none'` a request takes what comes.
 */
export function createProducer(client: Client): Send {
  const { order, maxMessageBytes } = client.settings
  const maxBytes = requestBytes(maxMessageBytes)

  return async (topic, messages, abortSignal) => {
    const results: SendResult[] = new Array(messages.length)
    const call: Call = { topic, results, failed: new Map(), abortSignal }
    const accepted: { index: number; message: Message }[] = []
    for (const [index, message] of messages.entries()) {
      const refusal = refusalOf(message)
      if (refusal === undefined) accepted.push({ index, message })
      else {
        results[index] = refusal
        if (message.key !== undefined) note(call.failed, message.key, index)
      }
    }
    let open = unitsOf(accepted, { aggregates: order === 'aggregate', maxBytes: maxMessageBytes })
    while (open.length > 0) {
      const { request, later } = take(call, open)
      if (request.length > 0) await put(call, request)
      open = later
    }
    return results
  }

  /** The next request from the front; what does not fit or must wait comes later, in order. */
  function take({ failed, results }: Call, open: readonly Unit[]) {
    const request: Unit[] = []
    const later: Unit[] = []
    const taken = new Set<string>()
    let bytes = 0
    for (const unit of open) {
      const { key, size, indexes } = unit
      const [first = 0] = indexes
      if (first > (failed.get(key) ?? first)) {
        for (const index of indexes) results[index] = heldBack('kinesis', true)
        continue
      }
      const isFull = request.length >= maxBatchRecords || (request.length > 0 && bytes + size > maxBytes)
      const waits = isFull || (order !== 'none' && taken.has(key))
      // What follows of a key that waits, waits as well.
      if (waits || order !== 'none') taken.add(key)
      if (waits) later.push(unit)
      else {
        bytes += size
        request.push(unit)
      }
    }
    return { request, later }
  }

  async function put({ topic, results, failed, abortSignal }: Call, request: readonly Unit[]): Promise<void> {
    const refuse = ({ key, indexes }: Unit, refusal: SendResult) => {
      for (const index of indexes) results[index] = refusal
      note(failed, key, indexes[0] ?? 0)
    }
    try {
      const records = request.map(({ record }) => record)
      const options = abortSignal === undefined ? {} : { abortSignal }
      const answer = await client.call(`publishing to "${topic}"`, circumstances(topic), () =>
        client.putRecords(named(topic), records, options),
      )
      const answers = answer.Records ?? []
      const refused = request.filter((_, i) => answers[i]?.SequenceNumber === undefined)
      for (const [i, unit] of request.entries()) {
        const { ErrorCode = 'InternalFailure', ErrorMessage, SequenceNumber, ShardId } = answers[i] ?? {}
        if (SequenceNumber === undefined)
          refuse(unit, failure(topic, errorNamed(ErrorCode, ErrorMessage ?? ErrorCode), refused))
        else accept(results, unit, SequenceNumber, ShardId)
      }
    } catch (error) {
      const refusal = abortSignal?.aborted ? ended(topic) : failure(topic, error, request)
      for (const unit of request) refuse(unit, refusal)
    }
  }

  function circumstances(topic: string) {
    const missing = missingStream(client, topic)
    return { permission: 'kinesis:PutRecords', code: 'ERR_PUBLISH', missing } as const
  }

  function failure(topic: string, thrown: unknown, refused: readonly Unit[]): SendResult {
    const error = problemOf(`publishing to "${topic}"`, thrown, {
      ...circumstances(topic),
      place: client.place,
    })
    const cause = error === thrown ? error.cause : thrown
    const { isPassing, isConnection, isThrottle } = faultOf(cause)
    const retryable = isPassing && !isMissing(cause) && (!isConnection || client.hasAnswered)
    return { error, retryable, ...(isThrottle ? { retryAfterMs: waitFor(refused) } : {}) }
  }

  function refusalOf(message: Message): SendResult | undefined {
    const size = sizeOf(message)
    if (size > maxMessageBytes) {
      const text = `the record has ${size} bytes with its key, the limit is ${maxMessageBytes}`
      const advice = `send less data, or raise "maxMessageBytes" and the stream's MaxRecordSizeInKiB`
      return { error: problem('ERR_TOO_LARGE', `${text}: ${advice}`), retryable: false }
    }
    const header = Object.keys(message.headers).find((name) => !isImplied(name, message.headers[name]))
    if (header === undefined) return undefined
    const text = `a Kinesis record has no headers, so ${JSON.stringify(header)} cannot be sent`
    const advice = 'leave it out, or send the event in structured mode'
    return { error: problem('ERR_UNSUPPORTED', `${text}: ${advice}`), retryable: false }
  }
}

function accept(results: SendResult[], { indexes }: Unit, sequence: string, lane: string | undefined): void {
  for (const [sub, index] of indexes.entries())
    results[index] = { position: indexes.length === 1 ? sequence : `${sequence}#${sub}`, lane }
}

function note(failed: Failed, key: string, index: number): void {
  failed.set(key, Math.min(index, failed.get(key) ?? index))
}

/** The media type of a structured event, which the record's data tell by themselves. */
function isImplied(name: string, value: string | undefined): boolean {
  return name.toLowerCase() === 'content-type' && /^application\/cloudevents\+json\b/i.test(value ?? '')
}

/** The time in which a shard takes what was refused, a second at most: its limits are those of a second. */
function waitFor(refused: readonly Unit[]): number {
  const bytes = refused.reduce((sum, { size }) => sum + size, 0)
  const seconds = Math.max(refused.length / shardRecords, bytes / shardBytes, 0.05)
  return Math.ceil(1_000 * Math.min(1, seconds))
}

function ended(topic: string): SendResult {
  const error = problem('ERR_CLOSED', `publishing to "${topic}" was ended: it may have arrived or not`)
  return { error, retryable: false }
}

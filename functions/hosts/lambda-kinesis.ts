import type { BindingOptions } from '../../adapters/core/binding.ts'
import type { Delivering } from '../../adapters/core/claims.ts'
import type { Deliver, Delivery } from '../../adapters/core/driver.ts'
import { isRecord } from '../../adapters/core/is-record.ts'
import {
  kinesisBinding,
  type LambdaKinesisRecord,
  messagesOfLambdaRecord,
  sequenceNumberOf,
} from '../../adapters/kinesis/binding.ts'
import { type HostedFunction, hosted, problem } from './hosted.ts'
import { type Failed, failedOf, wholeBatchFailed } from './lambda/failed.ts'
import { checkMargin, deadlineOf, type LambdaContext, usualMarginMs } from './lambda/invocation.ts'

const host = 'lambda-kinesis'
const delivering: Delivering = {
  delivery: 'at-least-once',
  redelivery: 'platform',
  attempts: false,
  delay: false,
}
const own = ['order', 'binding', 'marginMs', 'partialResponses'] as const

export interface LambdaKinesisOptions extends HostedFunction {
  /**
   * What runs one after the other: all records of the `shard` (default), or those of one partition `key`, side by side with
   * others up to `policy.concurrency`. The platform goes on from the lowest record that is not settled, so that with `key`
   * later ones that succeeded come again.
   */
  readonly order?: 'shard' | 'key' | undefined
  readonly binding?: BindingOptions | undefined
  /** Time before the end of the invocation at which what still runs is given up, in milliseconds. Default 1 000, at most a quarter. */
  readonly marginMs?: number | undefined
  /** The event source mapping has `ReportBatchItemFailures`. Default true. Without, a failure throws, and all of the batch comes again. */
  readonly partialResponses?: boolean | undefined
}

/** What Lambda gives a function for a batch of a Kinesis stream (Developer Guide, "Using Lambda with Kinesis"). */
export interface LambdaKinesisEvent {
  readonly Records: readonly (LambdaKinesisRecord & {
    readonly eventSource: string
    readonly eventSourceARN: string
  })[]
}

/** Sequence numbers that are not settled: of several, Lambda goes on from the lowest. */
export interface LambdaKinesisResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}

/**
 * A Lambda function for a Kinesis stream, as `export const handler = lambdaKinesis({ name, handler })`. Records that the
 * Kinesis Producer Library aggregated are taken apart; one of them that fails repeats those it came with. At the first
 * failure the lane stops, and its sequence number is reported.
 *
 * Throws `ERR_CONFIG` for wrong options. The function throws `ERR_CONFIG` for an event that is none of Kinesis and for
 * tumbling windows, whose state no handler could keep.
 */
export function lambdaKinesis(
  options: LambdaKinesisOptions,
): (event: LambdaKinesisEvent, context: LambdaContext) => Promise<LambdaKinesisResponse> {
  const { order = 'shard', partialResponses = true, marginMs = usualMarginMs } = options
  const binding = kinesisBinding(options.binding)
  const begin = hosted(host, options, { binding, delivering, own })
  if (order !== 'shard' && order !== 'key')
    throw problem(host, `"order" is "${String(order)}": use shard or key`)
  checkMargin(host, marginMs)

  const deliverAll = order === 'shard' ? deliverShard : deliverKeys
  return async (event, context) => {
    checkEvent(event)
    const deadline = deadlineOf(context, marginMs)
    try {
      const { failed, count } = await deliverAll(begin(), event, deadline.signal)
      const [first] = failed
      if (first === undefined) return { batchItemFailures: [] }
      if (!partialResponses) throw wholeBatchFailed(host, failed, count, options.logger)
      return {
        batchItemFailures: [{ itemIdentifier: sequenceNumberOf(first.delivery.position ?? '') }],
      }
    } finally {
      deadline.done()
    }
  }
}

/** What became of the deliveries of one invocation. */
interface Delivered {
  /** In the order of the records. */
  readonly failed: readonly Failed[]
  readonly count: number
}

/** Records that are read at a time: all 500 of a batch, held until the last is handled, would cost half as much as the codec. */
const atOnce = 32
const over = AbortSignal.abort()

/** One after the other. What lies behind a failure is given with a signal that has aborted, so that the runner releases it. */
async function deliverShard(
  deliver: Deliver,
  event: LambdaKinesisEvent,
  signal: AbortSignal,
): Promise<Delivered> {
  const failed: Failed[] = []
  let count = 0
  const topic = streamOf(event)
  for (let at = 0; at < event.Records.length; at += atOnce) {
    const records = event.Records.slice(at, at + atOnce)
    const deliveries = deliveriesOf(records, topic, failed.length > 0 ? over : signal)
    count += deliveries.length
    failed.push(...failedOf(deliveries, await deliver(deliveries)))
  }
  return { failed, count }
}

/** Each partition key by itself. */
async function deliverKeys(
  deliver: Deliver,
  event: LambdaKinesisEvent,
  signal: AbortSignal,
): Promise<Delivered> {
  const deliveries = deliveriesOf(event.Records, streamOf(event), signal)
  const lanes = new Map<string | undefined, Delivery[]>()
  for (const delivery of deliveries) {
    const { key } = delivery.message
    const lane = lanes.get(key)
    if (lane === undefined) lanes.set(key, [delivery])
    else lane.push(delivery)
  }
  const failedOfLanes = await Promise.all(
    [...lanes.values()].map(async (lane) => failedOf(lane, await deliver(lane))),
  )
  const failures = new Map(failedOfLanes.flat().map((failed) => [failed.delivery, failed]))
  const failed = deliveries.flatMap((delivery) => failures.get(delivery) ?? [])
  return { failed, count: deliveries.length }
}

/** Aggregated records are several. */
function deliveriesOf(
  records: LambdaKinesisEvent['Records'],
  topic: string,
  signal: AbortSignal,
): readonly Delivery[] {
  const deliveries: Delivery[] = []
  for (const native of records)
    for (const { message, origin } of messagesOfLambdaRecord(native, topic)) {
      const { lane, position, time } = origin
      deliveries.push({ message, topic, attempt: 1, lane, position, time, signal, native })
    }
  return deliveries
}

/** The one stream that all records come from: `arn:…:stream/<name>`, with `/consumer/…` behind it where there is enhanced fan-out. */
function streamOf({ Records: [first] }: LambdaKinesisEvent): string {
  const arn = first?.eventSourceARN ?? ''
  return /:stream\/([^/]+)/.exec(arn)?.[1] ?? arn
}

function checkEvent(event: unknown): void {
  const records = isRecord(event) ? event.Records : undefined
  if (isRecord(event) && 'window' in event)
    throw problem(
      host,
      'tumbling windows are not supported: remove TumblingWindowInSeconds from the event source mapping',
    )
  if (!Array.isArray(records))
    throw problem(host, 'the event has no "Records": connect the function to a Kinesis stream')
  const stranger: unknown = records.find(
    (record) => !isRecord(record) || record.eventSource !== 'aws:kinesis',
  )
  if (stranger === undefined) return
  const from = isRecord(stranger) ? String(stranger.eventSource ?? 'no "eventSource"') : 'no record'
  throw problem(host, `a record comes from ${from}: connect the function to a Kinesis stream`)
}

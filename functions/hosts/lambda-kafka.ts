import type { Delivering } from '../../adapters/core/claims.ts'
import type { Delivery } from '../../adapters/core/driver.ts'
import { isRecord } from '../../adapters/core/is-record.ts'
import { fromBase64 } from '../../adapters/core/message.ts'
import {
  headersOfLambda,
  type KafkaBindingOptions,
  kafkaBinding,
  messageOfRecord,
} from '../../adapters/kafka/binding.ts'
import { type HostedFunction, hosted, problem } from './hosted.ts'
import { failedOf, wholeBatchFailed } from './lambda/failed.ts'
import { checkMargin, deadlineOf, type LambdaContext, usualMarginMs } from './lambda/invocation.ts'

const host = 'lambda-kafka'
const delivering: Delivering = {
  delivery: 'at-least-once',
  redelivery: 'platform',
  attempts: false,
  delay: false,
}
const own = ['binding', 'marginMs', 'partialResponses'] as const

export interface LambdaKafkaOptions extends HostedFunction {
  readonly binding?: KafkaBindingOptions | undefined
  /** Time before the end of the invocation at which what still runs is given up, in milliseconds. Default 1 000, at most a quarter. */
  readonly marginMs?: number | undefined
  /**
   * The event source mapping has `ReportBatchItemFailures`, which needs the provisioned mode. Default true. Without, a
   * failure throws, and all of the batch comes again.
   */
  readonly partialResponses?: boolean | undefined
}

/** A record as Lambda gives it. Keys and values are Base64, and `null` or missing where the record has none. */
export interface LambdaKafkaRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number
  readonly key?: string | null | undefined
  readonly value?: string | null | undefined
  readonly headers?: readonly Readonly<Record<string, readonly number[]>>[] | undefined
}

/** What Lambda gives a function for a batch of Kafka (Developer Guide, "Using Lambda with Amazon MSK" and "… self-managed Apache Kafka"). */
export interface LambdaKafkaEvent {
  readonly eventSource: string
  /** Records by topic and partition. */
  readonly records: Readonly<Record<string, readonly LambdaKafkaRecord[]>>
}

/** Records that are not settled. */
export interface LambdaKafkaResponse {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number }
  }[]
}

/**
 * A Lambda function for Kafka, of Amazon MSK or self-managed, as `export const handler = lambdaKafka({ name, handler })`.
 * Partitions run side by side, up to `policy.concurrency`. At the first failure in a partition that partition stops, and
 * the failed record is reported with all later ones of it: the platform repeats what is reported, and those alone keep the
 * order.
 *
 * Throws `ERR_CONFIG` for wrong options. The function throws `ERR_CONFIG` for an event that is none of Kafka.
 */
export function lambdaKafka(
  options: LambdaKafkaOptions,
): (event: LambdaKafkaEvent, context: LambdaContext) => Promise<LambdaKafkaResponse> {
  const { partialResponses = true, marginMs = usualMarginMs } = options
  const binding = kafkaBinding(options.binding)
  const begin = hosted(host, options, { binding, delivering, own })
  checkMargin(host, marginMs)

  return async (event, context) => {
    checkEvent(event)
    const deadline = deadlineOf(context, marginMs)
    try {
      const deliver = begin()
      // All of them first: what cannot be read must not leave other partitions at work when this throws.
      const lanes = Object.values(event.records).map((records) =>
        records.map((record) => deliveryOf(record, deadline.signal)),
      )
      const settling = lanes.map(async (deliveries) =>
        deliveries.length === 0 ? [] : failedOf(deliveries, await deliver(deliveries)),
      )
      const failed = (await Promise.all(settling)).flat()
      if (failed.length > 0 && !partialResponses)
        throw wholeBatchFailed(host, failed, lanes.flat().length, options.logger)
      return { batchItemFailures: failed.map(({ delivery }) => ({ itemIdentifier: itemOf(delivery) })) }
    } finally {
      deadline.done()
    }
  }
}

function deliveryOf(record: LambdaKafkaRecord, signal: AbortSignal): Delivery {
  const { topic, partition, offset, timestamp, key, value, headers = [] } = record
  const message = messageOfRecord({
    key: bytesOf(record, 'key', key),
    value: bytesOf(record, 'value', value),
    headers: headersOfLambda(headers),
  })
  return {
    message,
    topic,
    attempt: 1,
    lane: String(partition),
    position: String(offset),
    time: timestamp,
    signal,
    native: record,
  }
}

/** Nothing that can be delivered has a key or value that is not Base64, so that the event is not from the platform. */
function bytesOf(
  { topic, partition, offset }: LambdaKafkaRecord,
  name: 'key' | 'value',
  text: string | null | undefined,
): Uint8Array | null {
  if (text === undefined || text === null) return null
  const bytes = fromBase64(text)
  if (bytes !== undefined) return bytes
  throw problem(
    host,
    `the ${name} of ${topic}-${partition} at ${offset} is not Base64: pass the event as Lambda gave it`,
  )
}

/** As the platform knows it: not the key of the map, from which no reader could tell topic and partition. */
function itemOf({ topic, lane, position }: Delivery): { partition: string; offset: number } {
  return { partition: `${topic}-${lane}`, offset: Number(position) }
}

function checkEvent(event: unknown): void {
  const isKafka =
    isRecord(event) && (event.eventSource === 'aws:kafka' || event.eventSource === 'SelfManagedKafka')
  if (!isKafka) {
    const from = isRecord(event) ? String(event.eventSource ?? 'no "eventSource"') : 'nothing'
    throw problem(
      host,
      `the event comes from ${from}: connect the function to Amazon MSK or a self-managed Kafka`,
    )
  }
  if (!isRecord(event.records))
    throw problem(host, 'the event has no "records": pass the event as Lambda gave it')
  for (const record of Object.values(event.records).flat())
    if (!isRecord(record) || !Number.isSafeInteger(record.offset))
      throw problem(
        host,
        'a record has no offset that a number can hold: pass the event as Lambda gave it, parsed from JSON',
      )
}

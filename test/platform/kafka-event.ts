import type { CloudEvent } from '../../adapters/core/event.ts'
import { toBase64, toBytes } from '../../adapters/core/message.ts'
import { kafkaBinding } from '../../adapters/kafka/binding.ts'
import type { LambdaKafkaEvent, LambdaKafkaRecord } from '../../functions/hosts/lambda-kafka.ts'

/** Where records come from. */
export interface KafkaOrigin {
  /** Default `test`. */
  readonly topic?: string | undefined
  /** Default 0. */
  readonly partition?: number | undefined
  /** The offset of the first record. Default 0. */
  readonly first?: number | undefined
  /** Milliseconds since 1970 UTC. Default: now. */
  readonly time?: number | undefined
}

const binding = kafkaBinding()

/** Records of one partition, as Lambda gives them: header bytes with their sign. */
export function kafkaRecords(
  events: readonly CloudEvent[],
  { topic = 'test', partition = 0, first = 0, time = Date.now() }: KafkaOrigin = {},
): LambdaKafkaRecord[] {
  return events.map((event, index) => {
    const key = typeof event.partitionkey === 'string' ? event.partitionkey : undefined
    const { body, headers } = binding.encode(event, { key })
    return {
      topic,
      partition,
      offset: first + index,
      timestamp: time,
      timestampType: 'CREATE_TIME',
      ...(key === undefined ? {} : { key: toBase64(toBytes(key)) }),
      ...(body === null ? {} : { value: toBase64(body) }),
      headers: Object.entries(headers).map(([name, value]) => ({ [name]: signed(toBytes(value)) })),
    }
  })
}

/** The event that Lambda gives a function for records of any partitions. */
export function kafkaEvent(
  records: readonly LambdaKafkaRecord[],
  eventSource: 'aws:kafka' | 'SelfManagedKafka' = 'aws:kafka',
): LambdaKafkaEvent {
  const partitions: Record<string, LambdaKafkaRecord[]> = {}
  for (const record of records) {
    const name = `${record.topic}-${record.partition}`
    partitions[name] ??= []
    partitions[name].push(record)
  }
  return { eventSource, records: partitions }
}

function signed(bytes: Uint8Array): number[] {
  return [...new Int8Array(bytes)]
}

import type { CloudEvent } from '../../adapters/core/event.ts'
import { toBase64 } from '../../adapters/core/message.ts'
import { kinesisBinding } from '../../adapters/kinesis/binding.ts'
import type { LambdaKinesisEvent } from '../../functions/hosts/lambda-kinesis.ts'

export type KinesisEventRecord = LambdaKinesisEvent['Records'][number]

/** Where records come from. */
export interface KinesisOrigin {
  /** Default `test`. */
  readonly stream?: string | undefined
  /** Default `shardId-000000000000`. */
  readonly shard?: string | undefined
  /** The sequence number of the first record, as a number; the text has 56 digits, as real ones have. Default 1. */
  readonly first?: number | undefined
  /** Milliseconds since 1970 UTC. Default: now. */
  readonly time?: number | undefined
}

const binding = kinesisBinding()

/** The event that Lambda gives a function for these records of one shard: events, or bytes under a partition key. */
export function kinesisEvent(
  records: readonly (CloudEvent | { readonly key: string; readonly data: Uint8Array })[],
  { stream = 'test', shard = 'shardId-000000000000', first = 1, time = Date.now() }: KinesisOrigin = {},
): LambdaKinesisEvent & { readonly Records: readonly KinesisEventRecord[] } {
  return {
    Records: records.map((record, index) => {
      const { key, data } = isEvent(record) ? written(record) : record
      const sequenceNumber = sequenceNumberOf(first + index)
      return {
        eventID: `${shard}:${sequenceNumber}`,
        eventName: 'aws:kinesis:record',
        eventSource: 'aws:kinesis',
        eventSourceARN: `arn:aws:kinesis:us-east-1:123456789012:stream/${stream}`,
        eventVersion: '1.0',
        awsRegion: 'us-east-1',
        invokeIdentityArn: 'arn:aws:iam::123456789012:role/test',
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: key,
          sequenceNumber,
          data: toBase64(data),
          approximateArrivalTimestamp: time / 1_000,
        },
      }
    }),
  }
}

/** 56 digits: more than a number holds. */
export function sequenceNumberOf(n: number): string {
  return `496${String(n).padStart(53, '0')}`
}

function written(event: CloudEvent): { key: string; data: Uint8Array } {
  const { body, key } = binding.encode(event)
  return { key: key ?? '', data: body ?? new Uint8Array() }
}

function isEvent(record: CloudEvent | { readonly data: Uint8Array }): record is CloudEvent {
  return 'specversion' in record
}

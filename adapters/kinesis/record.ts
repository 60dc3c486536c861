import type { Origin, Received } from '../core/binding.ts'
import { DecodeError } from '../core/errors.ts'
import { asciiOfBase64, fromBase64 } from '../core/message.ts'
import { TextMessage } from '../core/text-message.ts'
import { deaggregate } from './aggregation.ts'

export type { Received } from '../core/binding.ts'

/** What `@aws-sdk/client-kinesis` gives for a record: the part of its `_Record` that is read here. */
export interface KinesisRecord {
  readonly Data: Uint8Array | undefined
  readonly PartitionKey: string | undefined
  /** 56 digits: always a text. */
  readonly SequenceNumber: string | undefined
  readonly ApproximateArrivalTimestamp?: Date | undefined
}

/** What Lambda gives for a record: the part of `KinesisStreamRecord` in `@types/aws-lambda` that is read here. */
export interface LambdaKinesisRecord {
  /** `<shard id>:<sequence number>`. */
  readonly eventID: string
  readonly kinesis: {
    /** Base64. */
    readonly data: string
    readonly partitionKey: string
    readonly sequenceNumber: string
    /** Seconds since 1970 UTC, with a fraction. */
    readonly approximateArrivalTimestamp: number
  }
}

/**
 * The messages of a record, in order: the record itself or, where the Kinesis Producer Library put many in one, each of
 * them, with its own partition key. `position` of the origin is the sequence number, and in an aggregated record
 * `<sequence number>#<sub-sequence number>`; `lane` is the shard id; `time` the approximate arrival. None where such a record is empty. Aggregated records share one sequence number: a
 * checkpoint may pass it only when all of its messages are settled.
 */
export function messagesOfRecord(record: KinesisRecord, topic: string, shardId: string): readonly Received[] {
  const { Data, PartitionKey, SequenceNumber, ApproximateArrivalTimestamp } = record
  const origin = {
    topic,
    lane: shardId,
    position: SequenceNumber,
    time: ApproximateArrivalTimestamp?.getTime(),
  }
  return messagesOf(Data ?? new Uint8Array(), PartitionKey, origin)
}

/**
 * The same for a record as Lambda hands it over, which says the shard in `eventID`. Lambda's standard iterator does not
 * unpack aggregated records. Throws `DecodeError` where the data are not base64.
 */
export function messagesOfLambdaRecord(record: LambdaKinesisRecord, topic: string): readonly Received[] {
  const { data, partitionKey, sequenceNumber, approximateArrivalTimestamp } = record.kinesis
  const { eventID } = record
  const end = eventID.indexOf(':')
  const lane = end === -1 ? eventID : eventID.slice(0, end)
  const time = Math.round(approximateArrivalTimestamp * 1000)
  const origin = { topic, lane, position: sequenceNumber, time }
  const text = asciiOfBase64(data)
  // Aggregated records are never ASCII.
  if (text !== undefined) return [{ message: new TextMessage(text, partitionKey), origin }]
  const bytes = fromBase64(data)
  if (bytes === undefined)
    throw new DecodeError(
      `the data of record ${sequenceNumber} are not base64: pass the record as Lambda gave it`,
      { adapter: 'kinesis' },
    )
  return messagesOf(bytes, partitionKey, origin)
}

/** The sequence number in a position, such as a checkpoint and Lambda's `batchItemFailures` name it. */
export function sequenceNumberOf(position: string): string {
  const end = position.indexOf('#')
  return end === -1 ? position : position.slice(0, end)
}

function messagesOf(data: Uint8Array, key: string | undefined, origin: Origin): readonly Received[] {
  const userRecords = deaggregate(data)
  if (userRecords === undefined) return [{ message: { body: data, headers: {}, key }, origin }]
  const { position } = origin
  return userRecords.map(({ data: body, partitionKey, subSequenceNumber: sub }) => ({
    message: { body, headers: {}, key: partitionKey },
    origin: { ...origin, position: position === undefined ? undefined : `${position}#${sub}` },
  }))
}

import { type BatchContext, FetchedRecord } from './fetched-record.ts'
import { nothingSeen, type Seen } from './header-text.ts'
import type { Change } from './requests.ts'
import { WireReader } from './wire-reader.ts'

/** Key of the Fetch request, and the version whose response is read here (Kafka protocol guide). */
export const fetchKey = 1
const version = 11

const noMessages: readonly FetchedRecord[] = []
/** Bytes of a record batch before its length ends, and before its records begin. */
const frameBytes = 12
const headBytes = 61
/** Beyond these, numbers are not exact. */
const exact = 2n ** 53n - 2n ** 33n

/**
 * Reads the responses to fetches, several times as fast as kafkajs, which makes a number of objects for each header. What is
 * compressed, or in the formats before Kafka 0.11, is left to kafkajs.
 */
export const readFetches: Change = (create, asked) => {
  const created = create(asked)
  const request: unknown = Reflect.get(created, 'request')
  const response: unknown = Reflect.get(created, 'response')
  if (!isObject(request) || !isObject(response) || Reflect.get(request, 'apiVersion') !== version)
    return created
  const decode: unknown = Reflect.get(response, 'decode')
  if (typeof decode !== 'function') return created
  const decodeFetch = async (payload: unknown) =>
    (Buffer.isBuffer(payload) ? fetchOf(payload) : undefined) ?? decode(payload)
  return { ...created, response: { ...response, decode: decodeFetch } }
}

/** The response as kafkajs has it; `undefined` where it holds records that are not read here. */
export function fetchOf(bytes: Buffer) {
  const reader = new WireReader(bytes, 0)
  const clientSideThrottleTime = reader.int32()
  const errorCode = reader.int16()
  const sessionId = reader.int32()
  const responses = []
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topicName = reader.text()
    const partitions = []
    for (let left = reader.int32(); left > 0; left--) {
      const head = {
        partition: reader.int32(),
        errorCode: reader.int16(),
        highWatermark: String(reader.int64()),
        lastStableOffset: String(reader.int64()),
        lastStartOffset: String(reader.int64()),
      }
      const abortedTransactions = []
      for (let aborted = reader.int32(); aborted > 0; aborted--)
        abortedTransactions.push({ producerId: String(reader.int64()), firstOffset: String(reader.int64()) })
      const preferredReadReplica = reader.int32()
      const size = Math.max(0, reader.int32())
      const messages = recordsOf(bytes, reader.at, reader.at + size)
      if (messages === undefined) return undefined
      reader.at += size
      partitions.push({ ...head, abortedTransactions, preferredReadReplica, messages })
    }
    responses.push({ topicName, partitions })
  }
  // kafkajs waits itself where `throttleTime` says so; the server of this version does not.
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses }
}

function recordsOf(bytes: Buffer, from: number, to: number): readonly FetchedRecord[] | undefined {
  if (to - from < headBytes) return noMessages
  const records: FetchedRecord[] = []
  const seen = nothingSeen()
  for (let at = from; at + headBytes <= to; ) {
    const end = at + frameBytes + bytes.readInt32BE(at + 8)
    // The last batch may be cut off: it comes whole with the next fetch.
    if (end > to) break
    const attributes = bytes.readInt16BE(at + 21)
    const isPlain = bytes[at + 16] === 2 && (attributes & 7) === 0
    if (!isPlain) return undefined
    addRecords(records, bytes, at, attributes, seen)
    at = end
  }
  return records
}

/** Adds the records of the batch that begins at `at`, which is not compressed; `seen` goes from batch to batch of a partition. */
export function addRecords(
  records: FetchedRecord[],
  bytes: Buffer,
  at: number,
  attributes: number,
  seen: Seen,
): void {
  const firstOffset = bytes.readBigInt64BE(at)
  const firstTime = Number(bytes.readBigInt64BE(at + 27))
  const maxTime = Number(bytes.readBigInt64BE(at + 35))
  const isAppendTime = (attributes & 8) !== 0
  const context: BatchContext = {
    firstOffset: String(firstOffset),
    firstTimestamp: String(firstTime),
    maxTimestamp: String(maxTime),
    timestampType: isAppendTime ? 1 : 0,
    partitionLeaderEpoch: bytes.readInt32BE(at + 12),
    lastOffsetDelta: bytes.readInt32BE(at + 23),
    producerId: String(bytes.readBigInt64BE(at + 43)),
    producerEpoch: bytes.readInt16BE(at + 51),
    firstSequence: bytes.readInt32BE(at + 53),
    inTransaction: (attributes & 16) !== 0,
    isControlBatch: (attributes & 32) !== 0,
    magicByte: 2,
  }
  const isExact = firstOffset < exact
  const base = Number(firstOffset)
  const reader = new WireReader(bytes, at + headBytes)
  for (let left = bytes.readInt32BE(at + 57); left > 0; left--) {
    const length = reader.varint()
    const end = reader.at + length
    const own = reader.int8()
    const time = firstTime + reader.varlong()
    const delta = reader.varint()
    const offset = isExact ? String(base + delta) : String(firstOffset + BigInt(delta))
    records.push(
      new FetchedRecord(bytes, reader.at, end, offset, isAppendTime ? maxTime : time, own, context, seen),
    )
    reader.at = end
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

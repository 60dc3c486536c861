import { crc32c } from './crc32c.ts'
import type { SentRecord } from './message.ts'
import type { WireWriter } from './wire-writer.ts'

/** Who sends, and the number of the first record: what makes the broker take each record once. */
export interface Sequence {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly first: number
}

/** Bytes of a batch before its records. */
const headBytes = 61
/** Attributes, differences of time and offset, and lengths that a record has at most. */
const recordBytes = 32
/** Key and headers of most records: where the guess has as many digits as the length, nothing is moved. */
const usualRest = 256
/** Lengths of a header. */
const headerBytes = 10

/** Writes records as one batch (Kafka documentation, "Record Batch": magic 2, not compressed), all of one time. */
export function writeBatch(
  writer: WireWriter,
  records: readonly SentRecord[],
  time: bigint,
  sequence: Sequence,
): void {
  const start = writer.at
  writer.int64(0n)
  writer.int32(0) // length, below
  writer.int32(0) // leader epoch: the broker's to fill in
  writer.int8(2)
  writer.int32(0) // checksum, below
  const body = writer.at
  writer.int16(0)
  writer.int32(records.length - 1)
  writer.int64(time)
  writer.int64(time)
  writer.int64(sequence.producerId)
  writer.int16(sequence.producerEpoch)
  writer.int32(sequence.first)
  writer.int32(records.length)
  for (const [delta, record] of records.entries()) {
    const guess = (record.value?.length ?? 0) + usualRest
    const at = writer.open(guess)
    writeRecord(writer, record, delta)
    writer.close(at, guess)
  }
  writer.bytes.writeInt32BE(writer.at - start - 12, start + 8)
  writer.bytes.writeUInt32BE(crc32c(writer.bytes, body, writer.at), start + 17)
}

/** Bytes that the batch needs at most. */
export function batchBound(records: readonly SentRecord[]): number {
  let bound = headBytes
  for (const { key, value, headers } of records) {
    bound += recordBytes + bytesOf(key) + bytesOf(value)
    for (const name in headers) {
      const given = headers[name] ?? null
      for (const each of Array.isArray(given) ? given : [given])
        bound += headerBytes + 3 * name.length + bytesOf(each)
    }
  }
  return bound
}

function writeRecord(writer: WireWriter, { key, value, headers }: SentRecord, delta: number): void {
  writer.int8(0)
  writer.varint(0)
  writer.varint(delta)
  writer.field(key)
  writer.field(value)
  let count = 0
  for (const name in headers) {
    const given = headers[name]
    count += Array.isArray(given) ? given.length : 1
  }
  writer.varint(count)
  for (const name in headers) {
    const given = headers[name] ?? null
    if (!Array.isArray(given)) {
      writer.field(name)
      writer.field(given)
      continue
    }
    for (const each of given) {
      writer.field(name)
      writer.field(each)
    }
  }
}

/** No UTF-16 unit takes more than three bytes. */
function bytesOf(value: Buffer | string | null): number {
  if (value === null) return 0
  return typeof value === 'string' ? 3 * value.length : value.length
}

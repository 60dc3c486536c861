import { createHash } from 'node:crypto'
import type { UserRecord } from '../../adapters/kinesis/aggregation.ts'

/** What protobuf has on the wire, written independently of the reader under test. */
export const magic = Buffer.from('f3899ac2', 'hex')

export function varint(value: bigint | number): Buffer {
  const bytes: number[] = []
  let rest = BigInt(value)
  for (; rest >= 128n; rest /= 128n) bytes.push(Number(rest % 128n) + 128)
  return Buffer.from([...bytes, Number(rest)])
}

export function key(field: number, type: number): Buffer {
  return varint((BigInt(field) << 3n) | BigInt(type))
}

export function number(field: number, value: bigint | number): Buffer {
  return Buffer.concat([key(field, 0), varint(value)])
}

export function bytes(field: number, ...content: readonly (string | Uint8Array)[]): Buffer {
  const all = Buffer.concat(content.map((part) => Buffer.from(part)))
  return Buffer.concat([key(field, 2), varint(all.length), all])
}

/** A protobuf message between the magic bytes and its digest. */
export function sealed(...message: readonly Uint8Array[]): Uint8Array {
  const digest = createHash('md5')
  for (const part of message) digest.update(part)
  return new Uint8Array(Buffer.concat([magic, ...message, digest.digest()]))
}

/** As a producer packs them: every key once, in the order of first use. */
export function aggregated(userRecords: readonly Omit<UserRecord, 'subSequenceNumber'>[]): Uint8Array {
  const partitionKeys = [...new Set(userRecords.map(({ partitionKey }) => partitionKey))]
  const explicitHashKeys = [...new Set(userRecords.flatMap(({ explicitHashKey }) => explicitHashKey ?? []))]
  const records = userRecords.map(({ data, partitionKey, explicitHashKey, tags = [] }) =>
    bytes(
      3,
      number(1, partitionKeys.indexOf(partitionKey)),
      explicitHashKey === undefined ? '' : number(2, explicitHashKeys.indexOf(explicitHashKey)),
      bytes(3, data),
      ...tags.map((tag) => bytes(4, bytes(1, tag.key), tag.value === undefined ? '' : bytes(2, tag.value))),
    ),
  )
  return sealed(
    ...partitionKeys.map((text) => bytes(1, text)),
    ...explicitHashKeys.map((text) => bytes(2, text)),
    ...records,
  )
}

import { toBytes } from '../core/message.ts'
import { md5 } from './md5.ts'

/** What one more record adds beside its data, at most: two tags, the index of the key, two lengths of up to 5 bytes. */
const frame = 2 + 2 + 2 * 5
/** Magic bytes, digest, and the framing of the key. */
const envelope = 4 + 16 + 6
const magic = Uint8Array.of(0xf3, 0x89, 0x9a, 0xc2)

/** Bytes of an aggregated record of one key, at most, before data are added. */
export function aggregateBytes(keyBytes: number): number {
  return envelope + keyBytes
}

/** Bytes that a user record adds to an aggregated record, at most. */
export function userRecordBytes(dataBytes: number): number {
  return frame + dataBytes
}

/**
 * Data of several records with one partition key as one record, in order, in the format of the Kinesis Producer Library:
 * see {@link deaggregate} of ./aggregation.ts.
 */
export function aggregate(partitionKey: string, data: readonly Uint8Array[]): Uint8Array {
  const key = toBytes(partitionKey)
  const sizes = data.map((bytes) => 2 + lengthOf(1, bytes.length))
  const body = sizes.reduce((sum, size) => sum + lengthOf(1, size), lengthOf(1, key.length))
  const out = new Uint8Array(magic.length + body + 16)
  out.set(magic)
  let at = magic.length
  const put = (tag: number, bytes: Uint8Array | undefined, length: number) => {
    out[at++] = tag
    at = putVarint(out, at, length)
    if (bytes === undefined) return
    out.set(bytes, at)
    at += length
  }
  put(0x0a, key, key.length)
  for (const [index, bytes] of data.entries()) {
    put(0x1a, undefined, sizes[index] ?? 0)
    // The first key of the table, which holds one.
    out[at++] = 0x08
    out[at++] = 0
    put(0x1a, bytes, bytes.length)
  }
  out.set(md5(out.subarray(magic.length, at)), at)
  return out
}

/** Bytes of a length-delimited field with a tag of `tag` bytes. */
function lengthOf(tag: number, length: number): number {
  let bytes = tag + 1
  for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++
  return bytes + length
}

function putVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value
  let next = at
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out[next++] = (rest % 0x80) | 0x80
  out[next++] = rest
  return next
}

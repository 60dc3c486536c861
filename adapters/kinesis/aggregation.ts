import { md5 } from './md5.ts'

/** What a producer may attach to a user record. The format has it; Amazon's own libraries neither write nor read it. */
export interface Tag {
  readonly key: string
  readonly value?: string
}

/** One record that an application put, before its producer packed it with others. */
export interface UserRecord {
  /** A view of the aggregated record's bytes, not a copy. */
  readonly data: Uint8Array
  readonly partitionKey: string
  /** As written, in decimal; absent where the producer gave none. */
  readonly explicitHashKey?: string
  /** The place in the aggregated record, from 0. All its user records share one sequence number. */
  readonly subSequenceNumber: number
  readonly tags?: readonly Tag[]
}

const magic = [0xf3, 0x89, 0x9a, 0xc2]
const digestSize = 16

/**
 * Whether a Kinesis record's data start with the magic bytes of the Kinesis Producer Library's aggregated records. Cheap, and
 * no proof: {@link deaggregate} tells.
 */
export function isAggregated(data: Uint8Array): boolean {
  return data[0] === magic[0] && data[1] === magic[1] && data[2] === magic[2] && data[3] === magic[3]
}

/**
 * The user records of an aggregated record, in order: magic bytes, a protobuf message (proto2), the MD5 digest of the message.
 * See https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md. Producers may leave a message
 * without user records; the result is empty then.
 *
 * `undefined` where the data are none, and so plain data: other magic bytes, nothing between these and the digest, another
 * digest, a malformed message, one that lacks a required field. The Kinesis Client Library decides the same. Also plain is
 * an index past the end of its key table, where that library drops user records.
 *
 * Never throws. Time and memory grow with the size of the data, whatever lengths and indexes these claim.
 */
export function deaggregate(data: Uint8Array): readonly UserRecord[] | undefined {
  if (!isAggregated(data) || data.length <= magic.length + digestSize) return undefined
  const message = data.subarray(magic.length, -digestSize)
  const digest = data.subarray(-digestSize)
  return md5(message).every((byte, index) => byte === digest[index]) ? userRecordsOf(message) : undefined
}

const wireType = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const

/** A field's number and wire type in one, as they are on the wire. */
function tagOf(field: number, type: number): number {
  return field * 8 + type
}

const aggregatedRecord = {
  partitionKey: tagOf(1, wireType.bytes),
  explicitHashKey: tagOf(2, wireType.bytes),
  record: tagOf(3, wireType.bytes),
}
const record = {
  partitionKeyIndex: tagOf(1, wireType.varint),
  explicitHashKeyIndex: tagOf(2, wireType.varint),
  data: tagOf(3, wireType.bytes),
  tag: tagOf(4, wireType.bytes),
}
const recordTag = {
  key: tagOf(1, wireType.bytes),
  value: tagOf(2, wireType.bytes),
}

function userRecordsOf(message: Uint8Array): readonly UserRecord[] | undefined {
  const partitionKeys = new KeyTable(message)
  const explicitHashKeys = new KeyTable(message)
  const starts: number[] = []
  const ends: number[] = []
  const fields = new Fields(message)
  while (fields.next()) {
    if (fields.tag === aggregatedRecord.record) {
      starts.push(fields.start)
      ends.push(fields.end)
    } else if (fields.tag === aggregatedRecord.partitionKey) partitionKeys.add(fields)
    else if (fields.tag === aggregatedRecord.explicitHashKey) explicitHashKeys.add(fields)
  }
  if (fields.isMalformed) return undefined

  // The fields of a message come in any order: the tables may end after the last record.
  const userRecords: UserRecord[] = []
  for (let index = 0; index < starts.length; index++) {
    fields.enter(starts[index] ?? 0, ends[index] ?? 0)
    const userRecord = userRecordOf(fields, partitionKeys, explicitHashKeys, index)
    if (userRecord === undefined) return undefined
    userRecords.push(userRecord)
  }
  return userRecords
}

function userRecordOf(
  fields: Fields,
  partitionKeys: KeyTable,
  explicitHashKeys: KeyTable,
  subSequenceNumber: number,
): UserRecord | undefined {
  let partitionKeyIndex = -1
  let explicitHashKeyIndex = -1
  let [start, end] = [0, -1]
  let tags: Tag[] | undefined
  while (fields.next()) {
    const { tag } = fields
    if (tag === record.partitionKeyIndex) partitionKeyIndex = fields.value
    else if (tag === record.explicitHashKeyIndex) explicitHashKeyIndex = fields.value
    else if (tag === record.data) {
      start = fields.start
      end = fields.end
    } else if (tag === record.tag) {
      const found = tagFrom(fields.view(fields.start, fields.end))
      if (found === undefined) return undefined
      tags ??= []
      tags.push(found)
    }
  }
  if (fields.isMalformed || partitionKeyIndex === -1 || end === -1) return undefined
  const partitionKey = partitionKeys.at(partitionKeyIndex)
  if (partitionKey === undefined) return undefined
  const data = fields.view(start, end)
  if (explicitHashKeyIndex === -1 && tags === undefined) return { data, partitionKey, subSequenceNumber }
  const tagged = tags === undefined ? undefined : { tags }
  if (explicitHashKeyIndex === -1) return { data, partitionKey, subSequenceNumber, ...tagged }
  const explicitHashKey = explicitHashKeys.at(explicitHashKeyIndex)
  if (explicitHashKey === undefined) return undefined
  return { data, partitionKey, explicitHashKey, subSequenceNumber, ...tagged }
}

function tagFrom(bytes: Uint8Array): Tag | undefined {
  let key: string | undefined
  let value: string | undefined
  const fields = new Fields(bytes)
  while (fields.next()) {
    if (fields.tag === recordTag.key) key = textOf(fields.view(fields.start, fields.end))
    else if (fields.tag === recordTag.value) value = textOf(fields.view(fields.start, fields.end))
  }
  if (fields.isMalformed || key === undefined) return undefined
  return value === undefined ? { key } : { key, value }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A proto2 reader does not refuse invalid UTF-8: it reads U+FFFD there. */
function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** The keys that the records of one message point to. Kept as offsets: a table may name a million keys, the records few. */
class KeyTable {
  readonly #message: Uint8Array
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #texts = new Map<number, string>()

  constructor(message: Uint8Array) {
    this.#message = message
  }

  add({ start, end }: Fields): void {
    this.#starts.push(start)
    this.#ends.push(end)
  }

  at(index: number): string | undefined {
    if (index >= this.#starts.length) return undefined
    let text = this.#texts.get(index)
    if (text === undefined) {
      text = textOf(this.#message.subarray(this.#starts[index], this.#ends[index]))
      this.#texts.set(index, text)
    }
    return text
  }
}

const maxField = 2 ** 29 - 1
const maxVarintSize = 10
/** Where the protobuf library under the Kinesis Client Library stops too. */
const maxOpenGroups = 100

/**
 * Steps through the fields of one protobuf message (https://protobuf.dev/programming-guides/encoding/). What groups hold is
 * passed over: the format has none.
 */
class Fields {
  tag = 0
  /** Of a varint field. Rounded past 2^53, where no table reaches. */
  value = 0
  /** Offsets of a length-delimited field's bytes. */
  start = 0
  end = 0
  isMalformed = false
  readonly #message: Uint8Array
  #openGroups: number[] | undefined
  #at = 0
  #end: number

  constructor(message: Uint8Array) {
    this.#message = message
    this.#end = message.length
  }

  /** Steps through a message in the message, by its offsets. */
  enter(start: number, end: number): void {
    this.#at = start
    this.#end = end
  }

  /** Bytes of the message, not copied. A plain array: a view of a `Buffer` takes twice as long to make. */
  view(start: number, end: number): Uint8Array {
    const { buffer, byteOffset } = this.#message
    return new Uint8Array(buffer, byteOffset + start, end - start)
  }

  /** False at the end, and where the message is malformed. */
  next(): boolean {
    while (this.#at < this.#end) {
      this.tag = this.#varint()
      const field = Math.floor(this.tag / 8)
      if (!(field >= 1 && field <= maxField && this.#pass(field, this.tag % 8))) return this.#malformed()
      if (this.#openGroups === undefined || this.#openGroups.length === 0) return true
    }
    return this.#openGroups !== undefined && this.#openGroups.length > 0 ? this.#malformed() : false
  }

  #malformed(): boolean {
    this.isMalformed = true
    return false
  }

  /** Whether the field's value is well-formed. */
  #pass(field: number, type: number): boolean {
    switch (type) {
      case wireType.varint:
        this.value = this.#varint()
        return !Number.isNaN(this.value)
      case wireType.fixed64:
        return this.#skip(8)
      case wireType.fixed32:
        return this.#skip(4)
      case wireType.bytes:
        return this.#skip(this.#varint())
      case wireType.groupStart:
        this.#openGroups ??= []
        return this.#openGroups.push(field) <= maxOpenGroups
      case wireType.groupEnd:
        return this.#openGroups?.pop() === field
      default:
        return false
    }
  }

  #skip(size: number): boolean {
    this.start = this.#at
    this.#at += size
    this.end = this.#at
    return this.#at <= this.#end
  }

  #varint(): number {
    const byte = this.#at < this.#end ? this.#message[this.#at] : undefined
    if (byte === undefined || byte >= 0x80) return this.#longVarint()
    this.#at++
    return byte
  }

  /** NaN where it has no end within ten bytes. */
  #longVarint(): number {
    let value = 0
    let scale = 1
    for (let size = 0; size < maxVarintSize && this.#at < this.#end; size++) {
      const byte = this.#message[this.#at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
    return Number.NaN
  }
}

import type { IHeaders } from 'kafkajs'
import type { Message } from '../core/message.ts'
import { textOfKey } from './key.ts'
import { messageOfRecord } from './message.ts'
import { WireReader } from './wire-reader.ts'

/** What the records of one batch have in common, as kafkajs names it. */
export interface BatchContext {
  readonly firstOffset: string
  readonly firstTimestamp: string
  readonly maxTimestamp: string
  readonly timestampType: number
  readonly partitionLeaderEpoch: number
  readonly lastOffsetDelta: number
  readonly producerId: string
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly inTransaction: boolean
  readonly isControlBatch: boolean
  readonly magicByte: number
}

/** A header of the record before. Most records of a topic have the same names in the same places, and many the same values. */
interface Seen {
  name: string
  value: string
}

const replacement = '\ufffd'

/**
 * A record of a batch as kafkajs has it, but key, value, headers and timestamp are read from the bytes when they are asked
 * for. {@link message} reads the bytes in one pass, without a buffer for each header.
 */
export class FetchedRecord {
  readonly magicByte = 2
  readonly attributes: number
  readonly offset: string
  /** Milliseconds since 1970 UTC. */
  readonly time: number
  readonly isControlRecord: boolean
  readonly batchContext: BatchContext
  readonly #bytes: Buffer
  /** Where the length of the key stands. */
  readonly #at: number
  readonly #seen: Seen[]

  constructor(
    bytes: Buffer,
    at: number,
    offset: string,
    time: number,
    attributes: number,
    context: BatchContext,
    seen: Seen[],
  ) {
    this.attributes = attributes
    this.offset = offset
    this.time = time
    this.isControlRecord = context.isControlBatch
    this.batchContext = context
    this.#bytes = bytes
    this.#at = at
    this.#seen = seen
  }

  get timestamp(): string {
    return String(this.time)
  }

  get key(): Buffer | null {
    return bytesAt(new WireReader(this.#bytes, this.#at))
  }

  get value(): Buffer | null {
    const reader = new WireReader(this.#bytes, this.#at)
    skip(reader)
    return bytesAt(reader)
  }

  get headers(): IHeaders {
    const reader = new WireReader(this.#bytes, this.#at)
    skip(reader)
    skip(reader)
    const headers = new Map<string, IHeaders[string]>()
    for (let left = reader.varint(); left > 0; left--) {
      const name = bytesAt(reader)?.toString() ?? ''
      const value = bytesAt(reader)
      const before = headers.get(name)
      // The declared type has no place for a header without a value, which kafkajs gives as null.
      const given: Buffer | undefined = value ?? undefined
      if (!headers.has(name)) headers.set(name, given)
      else if (given !== undefined)
        headers.set(name, [...(Array.isArray(before) ? before : before === undefined ? [] : [before]), given])
    }
    // Names may be `__proto__`, which assigning would not set.
    return Object.fromEntries(headers)
  }

  /** As {@link messageOfRecord} of the record, in a fraction of the time. */
  message(): Message {
    const bytes = this.#bytes
    const seen = this.#seen
    const reader = new WireReader(bytes, this.#at)
    const keyLength = reader.varint()
    const keyAt = reader.at
    if (keyLength > 0) reader.at += keyLength
    const body = bytesAt(reader)
    const headers: Record<string, string> = {}
    const count = reader.varint()
    for (let i = 0; i < count; i++) {
      const before = seen[i]
      const name = textAt(reader, before?.name)
      const value = textAt(reader, before?.value)
      // Repeated, without a value, not UTF-8, or a name that objects inherit.
      if (name === undefined || value === undefined || headers[name] !== undefined)
        return messageOfRecord(this)
      headers[name] = value
      if (before === undefined) seen[i] = { name, value }
      else {
        before.name = name
        before.value = value
      }
    }
    return { body, headers, key: keyLength < 0 ? undefined : keyOf(bytes, keyAt, keyAt + keyLength) }
  }
}

/** The headers of one partition's records, which the next record of it is compared with. */
export function nothingSeen(): Seen[] {
  return []
}

function skip(reader: WireReader): void {
  const length = reader.varint()
  if (length > 0) reader.at += length
}

function bytesAt(reader: WireReader): Buffer | null {
  const length = reader.varint()
  if (length < 0) return null
  const from = reader.at
  reader.at += length
  return reader.bytes.subarray(from, reader.at)
}

/** The text that follows its length; `undefined` where there is none or it is not UTF-8. `before` is likely to be the same. */
function textAt(reader: WireReader, before: string | undefined): string | undefined {
  const length = reader.varint()
  if (length < 0) return undefined
  const from = reader.at
  reader.at += length
  if (before !== undefined && before.length === length && isSame(reader.bytes, from, before)) return before
  const text = reader.bytes.toString('utf8', from, reader.at)
  return isFaithful(text, reader.bytes, from, reader.at) ? text : undefined
}

/** True where the bytes are these ASCII characters; others than ASCII never are the same, which costs a look at most. */
function isSame(bytes: Buffer, from: number, text: string): boolean {
  // Numbers that are counted differ at their end.
  for (let i = text.length - 1; i >= 0; i--) {
    const byte = bytes[from + i] ?? 0x80
    if (byte >= 0x80 || byte !== text.charCodeAt(i)) return false
  }
  return true
}

/** U+FFFD stands for what is not UTF-8, but may also have been sent. */
function isFaithful(text: string, bytes: Buffer, from: number, to: number): boolean {
  return !text.includes(replacement) || Buffer.from(text).equals(bytes.subarray(from, to))
}

function keyOf(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString('utf8', from, to)
  return isFaithful(text, bytes, from, to) ? text : textOfKey(bytes.subarray(from, to))
}

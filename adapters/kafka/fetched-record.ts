import type { IHeaders } from 'kafkajs'
import type { Message } from '../core/message.ts'
import { headersOf, type Seen } from './header-text.ts'
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
  /** Where the record ends. */
  readonly #end: number
  readonly #seen: Seen

  constructor(
    bytes: Buffer,
    at: number,
    end: number,
    offset: string,
    time: number,
    attributes: number,
    context: BatchContext,
    seen: Seen,
  ) {
    this.attributes = attributes
    this.offset = offset
    this.time = time
    this.isControlRecord = context.isControlBatch
    this.batchContext = context
    this.#bytes = bytes
    this.#at = at
    this.#end = end
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
    const reader = new WireReader(bytes, this.#at)
    const keyLength = reader.varint()
    const keyAt = reader.at
    if (keyLength > 0) reader.at += keyLength
    const body = bytesAt(reader)
    const headers = headersOf(bytes, reader.at, this.#end, this.#seen)
    if (headers === undefined) return messageOfRecord(this)
    return { body, headers, key: keyLength < 0 ? undefined : keyOf(bytes, keyAt, keyAt + keyLength) }
  }
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

/** U+FFFD stands for what is not UTF-8, but may also have been sent. */
function isFaithful(text: string, bytes: Buffer, from: number, to: number): boolean {
  return !text.includes(replacement) || Buffer.from(text).equals(bytes.subarray(from, to))
}

function keyOf(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString('utf8', from, to)
  return isFaithful(text, bytes, from, to) ? text : textOfKey(bytes.subarray(from, to))
}

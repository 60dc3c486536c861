import { isBytes, type Message, toText } from '../core/message.ts'
import { bytesOfKey, textOfKey } from './key.ts'

/** A value of a header as kafkajs gives it; `null` where the record has a header without a value. */
export type HeaderValue = Uint8Array | string | null | undefined

/** What this needs of a record that kafkajs delivers. */
export interface ReceivedRecord {
  readonly key?: Uint8Array | string | null | undefined
  readonly value?: Uint8Array | null | undefined
  /** An array where a header is repeated. */
  readonly headers?: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>> | undefined
}

/** What kafkajs takes to send: bytes must be a `Buffer`, since it writes any other array of bytes as text. */
export interface SentRecord {
  readonly key: Buffer | string | null
  readonly value: Buffer | null
  readonly headers: Record<string, Buffer | string | (Buffer | string)[]>
}

type Values = NonNullable<Message['headerValues']>

/**
 * The message of a record. Of repeated headers `headers` has the last value, `headerValues` all. Headers without a value
 * are left out, since no message tells them from empty ones. A key that is not UTF-8 keeps its bytes in the way of
 * {@link textOfKey}.
 */
export function messageOfRecord({ key, value = null, headers: received }: ReceivedRecord): Message {
  const headers: Record<string, string> = {}
  let headerValues: Record<string, Values[string]> | undefined
  for (const name in received) {
    const given = received[name]
    const text = textOf(given)
    if (text !== undefined) {
      headers[name] = text
      continue
    }
    const values = valuesOf(given)
    const last = values.at(-1)
    // Senders choose the names: this one would not be set but replace the prototype.
    if (last === undefined || name === '__proto__') continue
    headers[name] = typeof last === 'string' ? last : Buffer.from(last).toString()
    if (values.length === 1 && typeof last === 'string') continue
    headerValues ??= {}
    headerValues[name] = values
  }
  const body = value
  const text = key === null || key === undefined || typeof key === 'string' ? key : textOfKey(key)
  const message = { body, headers, key: text ?? undefined }
  return headerValues === undefined ? message : { ...message, headerValues }
}

/** `undefined` where a header is repeated, has no value or is not UTF-8. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!isBytes(value)) return undefined
  try {
    return toText(value)
  } catch {
    return undefined
  }
}

/** kafkajs looks repeated headers up in a plain object, so that the values of `constructor` begin with a function. */
function valuesOf(given: unknown): Values[string] {
  const all: readonly unknown[] = Array.isArray(given) ? given : [given]
  return all.flatMap((value): Values[string] => {
    const text = textOf(value) ?? value
    return typeof text === 'string' || isBytes(text) ? [text] : []
  })
}

/** The record to send for a message. Repeated headers and bytes that are not UTF-8 go as they came. */
export function recordOf({ body, headers, headerValues, key }: Message): SentRecord {
  const sent: SentRecord['headers'] = headerValues === undefined ? headers : { ...headers }
  for (const name in headerValues) {
    const values =
      headerValues[name]?.map((value) => (typeof value === 'string' ? value : bufferOf(value))) ?? []
    const [first] = values
    if (first !== undefined) sent[name] = values.length === 1 ? first : values
  }
  const bytes = key === undefined ? null : bytesOfKey(key)
  return {
    key: bytes === null || typeof bytes === 'string' ? bytes : bufferOf(bytes),
    value: body === null ? null : bufferOf(body),
    headers: sent,
  }
}

/** The same memory as a `Buffer`. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

import { isBytes, toBytes, toText } from '../../adapters/core/message.ts'
import type { BindingOptions, CloudEvent, Message, Mode, Origin } from '../../adapters/index.ts'

/** Bytes, as a vector file writes them. */
export type Content = { readonly text: string } | { readonly base64: string } | { readonly json: unknown }

/** A message, as a vector file writes it; `headerValues` as {@link Message} has them. */
export interface VectorMessage {
  readonly body: Content | null
  readonly headers?: Readonly<Record<string, string>>
  readonly headerValues?: Readonly<Record<string, readonly (string | { readonly base64: string })[]>>
  readonly key?: string
}

/** An event: each attribute as JSON, bytes as `{ "base64": … }`; `data` says how it reads. */
export interface VectorEvent {
  readonly data?: Content
  readonly [attribute: string]: unknown
}

/** What is thrown: the code, and each broken rule as `attribute: rule`; none where the message as a whole is no event. */
export interface VectorError {
  readonly code: string
  readonly rules: readonly string[]
}

/** A message in; an event, or for `batch` several, or an error out. */
export interface DecodeVector {
  readonly name: string
  readonly options?: BindingOptions
  readonly message: VectorMessage
  readonly origin?: Origin
  readonly event?: VectorEvent
  readonly events?: readonly VectorEvent[]
  readonly error?: VectorError
  /** Leniencies taken, in order; each is an error where the reader is strict. */
  readonly warnings?: readonly string[]
}

/** An event in, or several for a batch; a message or an error out. */
export interface EncodeVector {
  readonly name: string
  readonly options?: BindingOptions
  readonly event?: VectorEvent
  readonly events?: readonly VectorEvent[]
  readonly mode?: Mode
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly message?: VectorMessage
  readonly error?: VectorError
}

/** One file: the vectors of one binding. */
export interface Vectors {
  readonly binding: string
  readonly decode: readonly DecodeVector[]
  readonly encode: readonly EncodeVector[]
}

export function bytesOf(content: Content): Uint8Array {
  if ('text' in content) return toBytes(content.text)
  if ('base64' in content) return new Uint8Array(Buffer.from(content.base64, 'base64'))
  return toBytes(JSON.stringify(content.json))
}

export function messageOf({ body, headers = {}, headerValues, key }: VectorMessage): Message {
  const values = Object.entries(headerValues ?? {}).map(([name, all]) => {
    return [name, all.map((value) => (typeof value === 'string' ? value : bytesOf(value)))] as const
  })
  const message = { body: body === null ? null : bytesOf(body), headers, key }
  return headerValues === undefined ? message : { ...message, headerValues: Object.fromEntries(values) }
}

/** The event as an application would make it. */
export function eventOf({ data, ...attributes }: VectorEvent): CloudEvent {
  const event: Record<string, unknown> = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, isContent(value) ? bytesOf(value) : value]),
  )
  if (data !== undefined) event.data = 'json' in data ? data.json : 'text' in data ? data.text : bytesOf(data)
  // A vector may hold an event that is none, to be refused.
  return event as CloudEvent
}

/** An event as vector files write it, for comparison. */
export function writtenEvent(event: CloudEvent): VectorEvent {
  const written: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(event)) {
    if (name === 'data') written.data = writtenData(value, event.datacontenttype)
    else written[name] = isBytes(value) ? { base64: Buffer.from(value).toString('base64') } : value
  }
  return written
}

/** A message as vector files write it; its body in the shape that is expected. */
export function writtenMessage(message: Message, expected: Content | null): VectorMessage {
  const { body, headers, key } = message
  const written = { body: body === null ? null : writtenBody(body, expected), headers }
  return key === undefined ? written : { ...written, key }
}

function writtenBody(body: Uint8Array, expected: Content | null): Content {
  if (expected !== null && 'json' in expected) return { json: JSON.parse(toText(body)) }
  if (expected !== null && 'text' in expected) return { text: toText(body) }
  return { base64: Buffer.from(body).toString('base64') }
}

function writtenData(data: unknown, contentType: string | undefined): Content {
  if (isBytes(data)) return { base64: Buffer.from(data).toString('base64') }
  const isText = typeof data === 'string' && contentType !== undefined && !/json/i.test(contentType)
  return isText ? { text: data } : { json: data }
}

function isContent(value: unknown): value is { readonly base64: string } {
  return typeof value === 'object' && value !== null && 'base64' in value
}

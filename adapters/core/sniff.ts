import type { CloudEvent } from './event.ts'
import { isRecord } from './is-record.ts'
import { eventOfDocument, type ReadOptions, withoutMark } from './json.ts'
import { permit } from './leniency.ts'
import { isJsonMediaType, isMediaType, isTextMediaType } from './media-type.ts'
import { toText } from './message.ts'

const openingBrace = 0x7b
const byteOrderMark = [0xef, 0xbb, 0xbf]

/**
 * The JSON event in a body that no header declares, or `undefined` where the four required attributes are not there as
 * strings. Throws `DecodeError` where they are and the event is invalid. Documents that never name `specversion` are not
 * parsed.
 */
export function sniff(
  body: Uint8Array | null,
  contentType: string | undefined,
  options: ReadOptions,
): CloudEvent | undefined {
  if (body === null || !opensWith(body, openingBrace)) return undefined
  const found = textOrNot(body)
  return found === undefined ? undefined : sniffText(found, contentType, options)
}

/** The same of a body's text. */
export function sniffText(
  found: string,
  contentType: string | undefined,
  options: ReadOptions,
): CloudEvent | undefined {
  // With a content type to restore, an event has another member than its document.
  const layouts = contentType === undefined ? options.layouts : undefined
  const event = layouts?.read(found)
  if (event !== undefined) return event
  const members = parsedOrNot(found)
  if (!isRecord(members) || !hasRequired(members)) return undefined
  const text = withoutMark(found, options.lenient)
  restoreContentType(members, contentType, options)
  return eventOfDocument(members, text, options, layouts)
}

/** A body as JSON, in which there may be events; what opens with another byte or never names `specversion` is not parsed. */
export function searched(body: Uint8Array, opening: number): unknown {
  if (!opensWith(body, opening)) return undefined
  const text = textOrNot(body)
  return text === undefined ? undefined : parsedOrNot(text)
}

/** Whether the four required attributes are there, as strings. */
export function hasRequired(members: Readonly<Record<string, unknown>>): boolean {
  const { specversion, id, source, type } = members
  return (
    typeof specversion === 'string' &&
    typeof id === 'string' &&
    typeof source === 'string' &&
    typeof type === 'string'
  )
}

/** Some senders move datacontenttype out of the envelope into the message's content type (Python SDK 1.x). */
function restoreContentType(
  members: Record<string, unknown>,
  contentType: string | undefined,
  { lenient }: ReadOptions,
): void {
  if (contentType === undefined || typeof members.datacontenttype === 'string') return
  if (!speaksOfData(contentType, members) || !isMediaType(contentType)) return
  permit(lenient, {
    leniency: 'content-type-restored',
    attribute: 'datacontenttype',
    message: 'the envelope has no datacontenttype: the content type of the message stands in',
  })
  members.datacontenttype = contentType
}

/** Any other type is that of the message, set by a client that knows nothing of the event in it. */
function speaksOfData(contentType: string, { data, data_base64: base64 }: Readonly<Record<string, unknown>>) {
  const isJson = isJsonMediaType(contentType)
  // The message is JSON itself, whatever the bytes in it are.
  if (typeof base64 === 'string') return !isJson
  return data !== undefined && (isJson || (typeof data === 'string' && isTextMediaType(contentType)))
}

function opensWith(body: Uint8Array, opening: number): boolean {
  // Nearly every event has neither a mark nor space.
  if (body[0] === opening) return true
  let i = byteOrderMark.every((byte, index) => body[index] === byte) ? byteOrderMark.length : 0
  for (; i < body.length; i++) {
    const byte = body[i]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return byte === opening
  }
  return false
}

/** A member name may be written with escapes. */
function mayNameSpecversion(text: string): boolean {
  return text.includes('specversion') || text.includes('\\u00')
}

function textOrNot(body: Uint8Array): string | undefined {
  try {
    return toText(body)
  } catch {
    return undefined
  }
}

function parsedOrNot(text: string): unknown {
  if (!mayNameSpecversion(text)) return undefined
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch {
    return undefined
  }
}

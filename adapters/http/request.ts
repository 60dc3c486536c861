import type { Origin } from '../core/binding.ts'
import { DecodeError } from '../core/errors.ts'
import type { CloudEvent } from '../core/event.ts'
import type { Warn } from '../core/leniency.ts'
import { isBytes, type Message } from '../core/message.ts'
import { quote } from '../core/quote.ts'
import { isStructured } from '../core/structured.ts'
import { type HttpBinding, isBatchMessage, binding as usual } from './binding.ts'
import { readBody, tooLarge } from './body.ts'
import { type HeaderRecord, headerFieldsOf, rawFields, recordFields } from './headers.ts'
import { illegalHeader, postOf } from './post.ts'

export type { HeaderRecord } from './headers.ts'
export { type ResponseOptions, responseOf } from './response.ts'

/** What of a request or response is read at most. */
export interface ReadLimits {
  /** Bytes of the body. Default 1 048 576. */
  readonly maxBytes?: number | undefined
  /** Bytes of all header names and values together. Default 65 536. */
  readonly maxHeaderBytes?: number | undefined
}

export interface RequestLimits extends ReadLimits {
  /** Ends reading, so that a sender that stalls does not keep the caller waiting. Default: none. */
  readonly signal?: AbortSignal | undefined
}

/** A request or response of a platform that is not the web's, its body read. */
export interface Incoming {
  /** `IncomingMessage.rawHeaders`: wins over `headers`, since Node.js joins and drops repeated ones there. */
  readonly rawHeaders?: readonly string[] | undefined
  readonly headers?: HeaderRecord | undefined
  readonly body?: Uint8Array | null | undefined
}

/**
 * Reads a web-standard request or response: its body to the end, its headers without credentials (`authorization`,
 * `proxy-authorization`, cookies). Header values stay as the platform gives them; `Headers` has joined repeated ones.
 *
 * Throws `ERR_TOO_LARGE` beyond the limits, checked while reading, `ERR_ABORTED` where the signal aborts, and `DecodeError`
 * where the body breaks off, was read before, or is compressed (a `Response` of `fetch` is not any more).
 */
export async function messageOfRequest(
  source: Request | Response,
  { maxBytes = 1_048_576, maxHeaderBytes = 65_536, signal }: RequestLimits = {},
): Promise<Message> {
  const { body, headers, bodyUsed } = source
  const fields = headerFieldsOf(headers, maxHeaderBytes)
  if (bodyUsed || body?.locked)
    throw refused('the body was read before: hand the request over unread, or a clone() of it')
  if (body === null) return { body, ...fields }
  const encoding = 'status' in source ? null : headers.get('content-encoding')
  if (encoding !== null && !/^(?:identity)?$/i.test(encoding))
    throw refused(`content-encoding ${quote(encoding)} is not supported: send the body uncompressed`)
  if (Number(headers.get('content-length')) > maxBytes) {
    void body.cancel().catch(() => {})
    throw tooLarge(maxBytes)
  }
  return messageOf(await readBody(body, { maxBytes, signal }), fields)
}

/**
 * The message of a request that another platform read, such as Node.js, Express (its raw body) or a function's event. Of
 * repeated headers `headers` has the last value, `headerValues` all. Throws as {@link messageOfRequest} does.
 */
export function messageOfIncoming(
  { rawHeaders, headers = {}, body = null }: Incoming,
  { maxBytes = 1_048_576, maxHeaderBytes = 65_536 }: ReadLimits = {},
): Message {
  const pairs = rawHeaders === undefined ? recordFields(headers) : rawFields(rawHeaders)
  const fields = headerFieldsOf(pairs, maxHeaderBytes)
  if (body === null) return { body, ...fields }
  if (!isBytes(body)) throw refused('the body is not bytes: hand it over before anything parses it')
  if (body.length > maxBytes) throw tooLarge(maxBytes)
  return messageOf(body, fields)
}

export interface EventsOptions extends RequestLimits {
  /** Default: the binding with every default. */
  readonly binding?: HttpBinding | undefined
  /** Events of a batch. Default 1 000. */
  readonly maxEvents?: number | undefined
  /** Hears of each leniency that reading takes. */
  readonly warn?: Warn | undefined
  /** For bindings that make events of what is none; see the option `raw`. */
  readonly origin?: Origin | undefined
}

/**
 * The events of a request or response: one, those of a batch, or none for a response that is empty, as that of a receiver
 * which has nothing to reply. A response with any other body that is no event is a `DecodeError`, so look at its status
 * first. Throws as {@link messageOfRequest} does, and `DecodeError` where an event is invalid.
 */
export async function eventsOf(
  source: Request | Response,
  { binding = usual, maxEvents, warn, origin, ...limits }: EventsOptions = {},
): Promise<readonly CloudEvent[]> {
  const message = await messageOfRequest(source, limits)
  if ('status' in source && isEmpty(message)) return []
  if (!isBatchMessage(message)) return [binding.decode(message, origin, warn)]
  return binding.decodeBatch(message, warn, { maxEvents, maxBytes: limits.maxBytes })
}

/**
 * What `fetch` or `new Request` takes to send a message: a POST with its headers, but for those that frame the request of
 * another hop. Throws where a header holds what HTTP cannot carry.
 */
export function requestInit(message: Message): RequestInit {
  const error = illegalHeader(message)
  if (error !== undefined) throw error
  return postOf(message, {})
}

/** HTTP does not tell a body of no bytes from none. */
function messageOf(body: Uint8Array, fields: Omit<Message, 'body'>): Message {
  return { body: body.length === 0 ? null : body, ...fields }
}

/** An event without data has its attributes in headers. */
function isEmpty({ body, headers }: Message): boolean {
  const { 'content-type': contentType = '', 'ce-specversion': specversion } = headers
  return body === null && specversion === undefined && !isStructured(contentType)
}

function refused(message: string): DecodeError {
  return new DecodeError(message, { adapter: 'http' })
}

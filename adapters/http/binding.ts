import type { Binding, BindingOptions } from '../core/binding.ts'
import { DecodeError, decodeErrorOf, InvalidEventError, WaybillError } from '../core/errors.ts'
import type { CloudEvent } from '../core/event.ts'
import { headerBinding } from '../core/header-binding.ts'
import { decodeJsonBatch, encodeJsonBatch, jsonBatchMediaType } from '../core/json.ts'
import type { Warn } from '../core/leniency.ts'
import { headerOf, type Message } from '../core/message.ts'
import { quote } from '../core/quote.ts'
import { readOptionsOf } from '../core/read-options.ts'
import { checkBatchFormat, isBatch } from '../core/structured.ts'
import { problem } from './problem.ts'

const name = 'http'

const transport = {
  name,
  prefix: 'ce-',
  foldsCase: true,
  percentEncoded: true,
  quoted: true,
  latin1: true,
  sniff: false,
  dataless: 'structured',
  emptyIsNone: true,
} as const

/** What of a batch is read at most. */
export interface BatchLimits {
  /** Default 1 000, at least 0. */
  readonly maxEvents?: number | undefined
  /** Bytes of the body. Default 1 048 576, at least 0. */
  readonly maxBytes?: number | undefined
}

/** The binding of HTTP, which alone has batches. */
export interface HttpBinding extends Binding {
  /**
   * Reads a batch (CloudEvents HTTP binding §3.3), which may be empty. Throws `DecodeError` where the message is none or
   * an event in it is invalid, naming its index, and `ERR_TOO_LARGE` beyond the limits.
   */
  decodeBatch(message: Message, warn?: Warn, limits?: BatchLimits): readonly CloudEvent[]
  /**
   * Writes a batch. Send one only to receivers that are known to read it: the specification forbids unsolicited ones.
   * Throws `InvalidEventError` naming the index of an invalid event.
   */
  encodeBatch(events: readonly CloudEvent[]): Message
}

/**
 * Events as HTTP requests and responses carry them (CloudEvents HTTP binding 1.0.2): attributes in `ce-` headers,
 * percent-encoded, `datacontenttype` as `content-type`, data as the body. Header values may be as Node.js and `fetch` give
 * them, one character for each byte: UTF-8 that a sender did not encode is put together again.
 *
 * An empty body is no data, whatever its content type, for HTTP does not tell a body of no bytes from none. Mode `auto` is
 * binary, and structured for events without data, since a webhook's request must have a body (WebHook 1.0.2 §2.1), and for
 * data of no bytes; `binary` writes the former without a body and refuses the latter.
 *
 * A request that is no CloudEvent is a `DecodeError`, unless `raw` says otherwise: HTTP names no position that an id could
 * be made of. Bodies are searched for an event only where `sniff` is true.
 */
export function httpBinding(options: BindingOptions = {}): HttpBinding {
  const inner = headerBinding(transport, { ...options, raw: options.raw ?? 'reject' })
  const { of: readOptions } = readOptionsOf(options)

  return {
    name,

    decode(message, origin, warn) {
      try {
        return inner.decode(message, origin, warn)
      } catch (error) {
        throw isBatchMessage(message) ? notOneEvent(error) : error
      }
    },

    encode: inner.encode,

    annotate: inner.annotate,

    decodeBatch(message, warn, { maxEvents = 1_000, maxBytes = 1_048_576 } = {}) {
      const { body, headers } = message
      const size = body?.length ?? 0
      if (size > maxBytes)
        throw problem(
          'ERR_TOO_LARGE',
          `the batch has ${size} bytes, more than ${maxBytes}: send it in several`,
        )
      try {
        const contentType = headerOf(headers, 'content-type')
        if (contentType === undefined || !isBatch(contentType)) throw notABatch(contentType)
        checkBatchFormat(contentType)
        if (body === null || size === 0)
          throw new DecodeError('a batch has no body: send a JSON array, [] where there is no event')
        return decodeJsonBatch(body, readOptions(warn), maxEvents)
      } catch (error) {
        throw isTooLarge(error) ? problem(error.code, error.detail) : decodeErrorOf(name, error)
      }
    },

    encodeBatch(events) {
      try {
        return { body: encodeJsonBatch(events), headers: { 'content-type': jsonBatchMediaType } }
      } catch (error) {
        if (!(error instanceof InvalidEventError)) throw error
        throw new InvalidEventError(error.violations, { adapter: name, cause: error.cause })
      }
    },
  }
}

/** With every default. */
export const binding = httpBinding()

/** True for a message whose content type says that it is a batch. */
export function isBatchMessage({ headers }: Message): boolean {
  const contentType = headerOf(headers, 'content-type')
  return contentType !== undefined && isBatch(contentType)
}

function notOneEvent(cause: unknown): DecodeError {
  const message = 'the message is a batch, not one event: read it with decodeBatch'
  return new DecodeError(message, { adapter: name, cause })
}

function notABatch(contentType: string | undefined): DecodeError {
  const what = contentType === undefined ? 'absent' : quote(contentType)
  return new DecodeError(`the message is no batch, its content type is ${what}: read it with decode`)
}

function isTooLarge(error: unknown): error is WaybillError {
  return error instanceof WaybillError && error.code === 'ERR_TOO_LARGE'
}

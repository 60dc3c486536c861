import type { Binding, BindingOptions, EncodeOptions } from '../core/binding.ts'
import type { CloudEvent } from '../core/event.ts'
import { headerBinding } from '../core/header-binding.ts'
import { isRecord } from '../core/is-record.ts'
import { dedupeKey, messageIdHeader } from './dedupe-key.ts'
import { payloadBinding } from './payload.ts'
import { jetstreamRaw, natsRaw } from './raw.ts'

export { dedupeKey } from './dedupe-key.ts'
export { headersOfMessage, messageOfNats } from './message.ts'

const transport = {
  prefix: 'ce-',
  contentType: ['ce-datacontenttype'],
  foldsCase: true,
  percentEncoded: true,
  quoted: true,
  emptyIsNone: true,
} as const

/**
 * Events in core NATS messages (CloudEvents NATS binding 1.0.3-wip): attributes in `ce-` headers, `datacontenttype` among
 * them, data as the payload. To that text a message without a CloudEvents `Content-Type` is a binary event; here it must
 * have `ce-specversion`, or it is read as the JSON event in its payload or as a raw message. Servers before 2.2 have no
 * headers: use mode `structured`.
 *
 * Of an origin it reads `topic`, the subject, and `time`, if the driver gives one.
 */
export function natsBinding(options: BindingOptions = {}): Binding {
  const inner = headerBinding({ ...transport, name: 'nats', raw: natsRaw(options) }, options)
  return payloadBinding(inner)
}

/**
 * Events in JetStream messages: as {@link natsBinding}, and each with the header `Nats-Msg-Id`, its {@link dedupeKey}, in
 * place of any that is given, so that an event that is sent twice is stored once, whoever sends it.
 *
 * Of an origin it reads `topic`, the subject that the message was published to; `position`,
 * `<stream>:<stream sequence>`, such as `ORDERS:42`, which is unique without the lane; and `time`, the moment of storing.
 */
export function jetstreamBinding(options: BindingOptions = {}): Binding {
  const inner = headerBinding({ ...transport, name: 'jetstream', raw: jetstreamRaw(options) }, options)
  const binding = payloadBinding(inner)
  return {
    ...binding,
    encode: (event, encodeOptions) => binding.encode(event, withId(event, encodeOptions)),
  }
}

function withId(event: CloudEvent, options: EncodeOptions | undefined): EncodeOptions | undefined {
  // What is no event, or lacks these, is refused by what comes after.
  if (!isRecord(event) || typeof event.source !== 'string' || typeof event.id !== 'string') return options
  const headers = { [messageIdHeader]: dedupeKey(event) }
  if (options === undefined) return { headers }
  const { mode, key, headers: given } = options
  return { mode, key, headers: given === undefined ? headers : { ...withoutId(given), ...headers } }
}

function withoutId(headers: NonNullable<EncodeOptions['headers']>): Record<string, string> {
  const name = messageIdHeader.toLowerCase()
  return Object.fromEntries(Object.entries(headers).filter(([header]) => header.toLowerCase() !== name))
}

/** {@link natsBinding} with every default. */
export const binding = natsBinding()

/** {@link jetstreamBinding} with every default. */
export const jetstream = jetstreamBinding()

import type { Binding } from '../core/binding.ts'
import type { Violation } from '../core/errors.ts'
import type { Message } from '../core/message.ts'

const empty = new Uint8Array(0)

/** NATS reserves these names: they tell the server what to do with one publish, or what it did. */
const reserved = /^nats-/i

const noBytes = {
  attribute: 'data',
  rule: 'empty-payload',
  message: '"data" has no bytes, which an empty payload does not say: leave mode "binary" out',
} as const

/** Refuses binary messages whose data have no bytes; a body that is `null` is no data. */
export function emptyData({ body }: Message): Violation | undefined {
  return body?.length === 0 ? noBytes : undefined
}

/**
 * A binding for payloads that are never absent, only empty. An empty payload is an event without data, whatever its
 * content type, as other CloudEvents readers take it. Data of no bytes can therefore not be sent in binary mode
 * ({@link emptyData}): `auto` writes them structured, where `""` says them, and `binary` is refused.
 *
 * `annotate` leaves out the headers that NATS reserves: of a message that is published anew, `Nats-Msg-Id` would make a
 * duplicate, `Nats-Expected-Last-Sequence` an error, and `Nats-Rollup` would delete what is there.
 */
export function payloadBinding({ name, decode, encode, annotate }: Binding): Binding {
  return {
    name,

    decode(message, origin, warn) {
      return decode(message.body?.length === 0 ? { ...message, body: null } : message, origin, warn)
    },

    encode(event, options) {
      const message = encode(event, options)
      return message.body === null ? { ...message, body: empty } : message
    },

    annotate(message, attributes, origin) {
      return annotate(withoutReserved(message), attributes, origin)
    },
  }
}

function withoutReserved(message: Message): Message {
  const { headers, headerValues } = message
  const kept = { ...message, headers: unreserved(headers) }
  return headerValues === undefined ? kept : { ...kept, headerValues: unreserved(headerValues) }
}

function unreserved<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !reserved.test(name)))
}

import type { Binding } from '../core/binding.ts'
import type { Message } from '../core/message.ts'

const empty = new Uint8Array(0)

/** NATS reserves these names: they tell the server what to do with one publish, or what it did. */
const reserved = /^nats-/i

/**
 * A binding for payloads that are never absent, only empty. An empty payload is an event without data, whatever its
 * content type, as other CloudEvents readers take it. Data of no bytes can therefore not be sent in binary mode: `auto`
 * writes them structured, where `""` says them, and `binary` is refused.
 *
 * `annotate` leaves out the headers that NATS reserves: of a message that is published anew, `Nats-Msg-Id` would make a
 * duplicate, `Nats-Expected-Last-Sequence` an error, and `Nats-Rollup` would delete what is there.
 */
export function payloadBinding({ name, decode, encode, annotate }: Binding): Binding {
  return {
    name,
    decode,

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

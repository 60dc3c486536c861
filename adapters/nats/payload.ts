import type { Binding, Mode } from '../core/binding.ts'
import { InvalidEventError } from '../core/errors.ts'
import type { Message } from '../core/message.ts'

const empty = new Uint8Array(0)

/** NATS reserves these names: they tell the server what to do with one publish, or what it did. */
const reserved = /^nats-/i

/**
 * A binding for payloads that are never absent, only empty. An empty payload is an event without data, whatever its
 * content type, as other CloudEvents readers take it. Data of no bytes can therefore not be sent in binary mode: `auto` writes
 * them structured, where `""` says them, and `binary` is refused with `InvalidEventError`.
 *
 * `annotate` leaves the headers that NATS reserves out: of a message that is published anew, `Nats-Msg-Id` would make a
 * duplicate, `Nats-Expected-Last-Sequence` an error, `Nats-Rollup` would delete what is there.
 */
export function payloadBinding(inner: Binding, usual: Mode = 'auto'): Binding {
  return {
    name: inner.name,

    decode(message, origin, warn) {
      return inner.decode(message.body?.length === 0 ? { ...message, body: null } : message, origin, warn)
    },

    encode(event, options = {}) {
      const message = inner.encode(event, options)
      if (message.body === null) return { ...message, body: empty }
      if (message.body.length > 0) return message
      const { mode = usual } = options
      if (mode === 'auto') return inner.encode(event, { ...options, mode: 'structured' })
      throw new InvalidEventError([noBytes], { adapter: inner.name })
    },

    annotate(message, attributes, origin) {
      return inner.annotate(withoutReserved(message), attributes, origin)
    },
  }
}

const noBytes = {
  attribute: 'data',
  rule: 'empty-payload',
  message: '"data" has no bytes, which an empty payload does not say: leave mode "binary" out',
}

function withoutReserved(message: Message): Message {
  const { headers, headerValues } = message
  const kept = { ...message, headers: unreserved(headers) }
  return headerValues === undefined ? kept : { ...kept, headerValues: unreserved(headerValues) }
}

function unreserved<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !reserved.test(name)))
}

import type { Msg } from 'nats'
import { type Message, utf8Length } from '../core/message.ts'
import { keyHeader, keyReceived } from './key.ts'
import { messageOfNats } from './message.ts'

const version = 'NATS/1.0\r\n'
/** Says which client of a group is active; of the transport, not of the message. */
const pinHeader = 'Nats-Pin-Id'

/**
 * The message that a client received, its key taken out of the headers. Reads the headers itself, which takes a fraction
 * of the client's time; what is unusual (a repeated name, a status) is left to the client.
 */
export function messageOf(message: Msg, subject: string, reply: string): Message {
  const body = message.data
  const bytes = sizeOf(message) - utf8Length(subject) - utf8Length(reply) - body.length
  if (bytes === 0) return { body, headers: {} }
  return quickly(body, bytes) ?? slowly(message)
}

/** What the client counts: subject, reply, headers and payload. Its types do not tell that it does. */
function sizeOf(message: Msg): number {
  const size: unknown = 'size' in message && typeof message.size === 'function' ? message.size() : 0
  return typeof size === 'number' ? size : 0
}

/** The client keeps headers and payload of a message in one piece of memory, the headers in front. */
function quickly(body: Uint8Array, bytes: number): Message | undefined {
  const from = body.byteOffset - bytes
  if (bytes < version.length || from < 0) return undefined
  const text = Buffer.from(body.buffer, from, bytes).toString()
  if (!text.startsWith(version) || !text.endsWith('\r\n\r\n')) return undefined
  const headers: Record<string, string> = {}
  let key: string | undefined
  const end = text.length - 2
  for (let at = version.length; at < end; ) {
    const eol = text.indexOf('\r\n', at)
    const colon = text.indexOf(':', at)
    if (colon === -1 || colon > eol) return undefined
    const name = text.slice(at, colon)
    const value = text.slice(colon + 1, eol).trim()
    if (name === keyHeader) key = value
    // Also names that every object has: then the slower way decides.
    else if (name in headers) return undefined
    else if (name !== pinHeader) headers[name] = value
    at = eol + 2
  }
  key = keyReceived(key, headers)
  return key === undefined ? { body, headers } : { body, headers, key }
}

function slowly(received: Msg): Message {
  const message = messageOfNats(received)
  const { [keyHeader]: encoded, [pinHeader]: _, ...headers } = message.headers
  const key = keyReceived(encoded, headers)
  return key === undefined ? { ...message, headers } : { ...message, headers, key }
}

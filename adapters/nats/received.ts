import type { Msg } from 'nats'
import { type Message, utf8Length } from '../core/message.ts'
import { keyHeader, keyReceived } from './key.ts'
import { messageOfNats, type NatsHeaders, type ReceivedMessage } from './message.ts'

const protocol = 'NATS/1.0'
const version = `${protocol}\r\n`
/** Says which client of a group is active; of the transport, not of the message. */
const pinHeader = 'Nats-Pin-Id'

/**
 * The message that a client received, its key taken out of the headers. Reads the headers itself, which takes a fraction
 * of the client's time, and refuses none: the client throws where a sender in another language wrote a name that is
 * illegal in its eyes.
 */
export function messageOf(message: Msg, subject: string, reply: string): Message {
  const body = message.data
  const bytes = sizeOf(message) - utf8Length(subject) - utf8Length(reply) - body.length
  if (bytes === 0) return { body, headers: {} }
  const block = blockOf(body, bytes)
  if (block === undefined) return slowly(message)
  return quickly(body, block) ?? slowly({ data: body, headers: fieldsOf(block) })
}

/** What the client counts: subject, reply, headers and payload. Its types do not tell that it does. */
function sizeOf(message: Msg): number {
  const size: unknown = 'size' in message && typeof message.size === 'function' ? message.size() : 0
  return typeof size === 'number' ? size : 0
}

/** The client keeps headers and payload of a message in one piece of memory, the headers in front. */
function blockOf(body: Uint8Array, bytes: number): string | undefined {
  const from = body.byteOffset - bytes
  if (bytes < version.length || from < 0) return undefined
  const text = Buffer.from(body.buffer, from, bytes).toString()
  return text.startsWith(protocol) && text.endsWith('\r\n\r\n') ? text : undefined
}

/** `undefined` where something is unusual: a repeated name, a status. */
function quickly(body: Uint8Array, text: string): Message | undefined {
  if (!text.startsWith(version)) return undefined
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

/** As the client reads them, but for what it refuses. */
function fieldsOf(block: string): NatsHeaders {
  const fields = new Map<string, string[]>()
  for (const line of block.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    if (colon === -1) continue
    const name = line.slice(0, colon)
    const values = fields.get(name) ?? []
    values.push(line.slice(colon + 1).trim())
    fields.set(name, values)
  }
  return { keys: () => [...fields.keys()], values: (name) => fields.get(name) ?? [] }
}

function slowly(received: ReceivedMessage): Message {
  const message = messageOfNats(received)
  const { [keyHeader]: encoded, [pinHeader]: _, ...headers } = message.headers
  const key = keyReceived(encoded, headers)
  return key === undefined ? { ...message, headers } : { ...message, headers, key }
}

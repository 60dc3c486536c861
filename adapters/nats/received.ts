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
  const text = memoryOf(body).toString('utf8', from, body.byteOffset)
  return text.startsWith(protocol) && text.endsWith('\r\n\r\n') ? text : undefined
}

/** Messages that arrive together lie in one piece of memory, so one view of it serves them all. */
let memory: Buffer = Buffer.alloc(0)

function memoryOf({ buffer }: Uint8Array): Buffer {
  if (memory.buffer !== buffer) memory = Buffer.from(buffer)
  return memory
}

/** The bytes as characters, one each: several times faster than a text decoder. */
export function latin1Of(bytes: Uint8Array): string {
  return memoryOf(bytes).toString('latin1', bytes.byteOffset, bytes.byteOffset + bytes.length)
}

/** `undefined` where something is unusual: a repeated name, a status. */
function quickly(body: Uint8Array, text: string): Message | undefined {
  if (!text.startsWith(version)) return undefined
  const headers: Record<string, string> = {}
  let key: string | undefined
  const end = text.length - 2
  for (let at = version.length, n = 0; at < end; n++) {
    const name = nameAt(text, at, n)
    if (name === undefined) return undefined
    const colon = at + name.length
    const eol = text.indexOf('\r\n', colon)
    const value = text.slice(colon + (text.charCodeAt(colon + 1) === space ? 2 : 1), eol)
    if (name === keyHeader) key = trimmed(value)
    // Also names that every object has: then the slower way decides.
    else if (name in headers) return undefined
    else if (name !== pinHeader) headers[name] = trimmed(value)
    at = eol + 2
  }
  key = keyReceived(key, headers)
  return key === undefined ? { body, headers } : { body, headers, key }
}

const space = 0x20
/** Names that the message before had: senders repeat them, and the same text need not be made and looked up again. */
const guesses: string[] = []
const mostGuesses = 64

/** The name in the line that begins at `at`, the `n`th; `undefined` where it has none. */
function nameAt(text: string, at: number, n: number): string | undefined {
  const guess = guesses[n]
  if (guess !== undefined && text.charCodeAt(at + guess.length) === 0x3a && text.startsWith(guess, at))
    return guess
  const colon = text.indexOf(':', at)
  if (colon === -1 || colon > text.indexOf('\r\n', at)) return undefined
  const name = text.slice(at, colon)
  if (n < mostGuesses) guesses[n] = name
  return name
}

/** Visible ASCII; what lies beyond has white space of its own. */
function isInk(unit: number): boolean {
  return unit > space && unit < 0x7f
}

function trimmed(value: string): string {
  const isPlain = isInk(value.charCodeAt(0)) && isInk(value.charCodeAt(value.length - 1))
  return isPlain ? value : value.trim()
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

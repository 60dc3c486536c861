import type { Message } from '../core/message.ts'
import { problem } from './problem.ts'

type HeaderFields = Pick<Message, 'headers' | 'headerValues'>

/** Headers of a server as objects: `IncomingMessage.headers` of Node.js, or those of a function's event. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>

/** What a request carries for its own receiver: in a message it could reach a topic of dead letters. */
const credentials = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])

/**
 * The headers of a message, by lower-case name, credentials and HTTP/2 pseudo-headers left out. Throws `ERR_TOO_LARGE`
 * where names and values, those left out included, have more than `maxBytes`.
 */
export function headerFieldsOf(
  fields: Iterable<readonly [name: string, value: string]>,
  maxBytes: number,
): HeaderFields {
  const headers: Record<string, string> = {}
  const repeated = new Map<string, string[]>()
  let size = 0
  for (const [name, value] of fields) {
    size += name.length + value.length
    if (size > maxBytes)
      throw problem(
        'ERR_TOO_LARGE',
        `the headers have more than ${maxBytes} bytes: send fewer or shorter ones`,
      )
    const folded = name.toLowerCase()
    // Senders choose the names: `__proto__` would not be set but replace the prototype.
    if (folded === '__proto__' || folded.startsWith(':') || credentials.has(folded)) continue
    if (Object.hasOwn(headers, folded)) {
      const values = repeated.get(folded)
      if (values === undefined) repeated.set(folded, [headers[folded] ?? '', value])
      else values.push(value)
    }
    headers[folded] = value
  }
  return repeated.size === 0 ? { headers } : { headers, headerValues: Object.fromEntries(repeated) }
}

/** Names and values in turn, as `IncomingMessage.rawHeaders` has them: nothing is joined or dropped there. */
export function* rawFields(raw: readonly string[]): Iterable<readonly [string, string]> {
  for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i] ?? '', raw[i + 1] ?? '']
}

export function* recordFields(record: HeaderRecord): Iterable<readonly [string, string]> {
  for (const name of Object.keys(record)) {
    const value = record[name]
    if (value === undefined) continue
    if (typeof value === 'string') yield [name, value]
    else for (const each of value) yield [name, each]
  }
}

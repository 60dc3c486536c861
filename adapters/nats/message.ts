import type { Message } from '../core/message.ts'
import { messageId, messageIdHeader } from './dedupe-key.ts'

/** Headers as NATS clients for JavaScript give them: names keep their case, each may have several values. */
export interface NatsHeaders {
  keys(): readonly string[]
  values(name: string): readonly string[]
}

/** What this needs of a message that a client received, core NATS or JetStream. */
export interface ReceivedMessage {
  readonly data: Uint8Array
  readonly headers?: NatsHeaders | undefined
}

/** The message that a client received. Of repeated headers `headers` has the last value, `headerValues` all. */
export function messageOfNats({ data, headers: received }: ReceivedMessage): Message {
  const headers: Record<string, string> = {}
  if (received === undefined) return { body: data, headers }
  let repeated: Record<string, readonly string[]> | undefined
  for (const name of received.keys()) {
    const values = received.values(name)
    const last = values.at(-1)
    // Senders choose the names: this one would not be set but replace the prototype.
    if (last === undefined || name === '__proto__') continue
    headers[name] = last
    if (values.length > 1) {
      repeated ??= {}
      repeated[name] = values
    }
  }
  return repeated === undefined ? { body: data, headers } : { body: data, headers, headerValues: repeated }
}

/**
 * The headers of a message for a client to append in this order, and the same for both protocols: a `Nats-Msg-Id` gets
 * the subject (see {@link messageId}). The body goes as it is, empty where it is `null`; a key has no place in NATS. What
 * the client refuses, such as a line break, it refuses here too: no valid event has it, a header of an application may.
 */
export function headersOfMessage(
  { headers, headerValues }: Message,
  subject: string,
): readonly (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = []
  for (const name in headers) {
    const last = headers[name]
    if (last === undefined) continue
    const isMessageId = name === messageIdHeader
    const all = isMessageId ? undefined : headerValues?.[name]
    if (all === undefined) pairs.push([name, isMessageId ? messageId(subject, last) : last])
    else for (const value of all) pairs.push([name, typeof value === 'string' ? value : last])
  }
  return pairs
}

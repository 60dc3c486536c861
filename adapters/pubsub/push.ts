import { DecodeError, messageOf } from '../core/errors.ts'
import { isRecord } from '../core/is-record.ts'
import { fromBase64, isBytes, toText } from '../core/message.ts'
import { isTimestamp } from '../core/rules.ts'
import { type Received, received } from './received.ts'

/**
 * The message in the body of a push request: bytes, or the parsed JSON `{ message, subscription, deliveryAttempt }`
 * (https://cloud.google.com/pubsub/docs/push). The body does not name the topic, so the caller does. Message ids stay
 * text. Throws `DecodeError` naming the member that is wrong.
 */
export function pushedMessage(body: unknown, topic: string): Received {
  const push = isBytes(body) ? parse(body) : body
  if (!isRecord(push) || !isRecord(push.message))
    throw refused('message', 'the push request holds no Pub/Sub message: send { "message": { … } } as JSON')
  const attempt = push.deliveryAttempt ?? push.delivery_attempt
  const subscription = textOf(push, 'subscription')
  return { ...messageOfJson(push.message, topic, attempt), subscription }
}

/**
 * The resource `PubsubMessage` in JSON, its members in camel or in snake case. Throws `DecodeError` naming the member
 * that is wrong.
 */
export function messageOfJson(
  members: Readonly<Record<string, unknown>>,
  topic: string,
  attempt?: unknown,
): Received {
  const publishTime = textOf(members, 'publishTime', 'publish_time')
  return received({
    data: dataOf(members),
    attributes: attributesOf(members),
    topic,
    id: textOf(members, 'messageId', 'message_id'),
    time: timeOf(publishTime),
    orderingKey: textOf(members, 'orderingKey', 'ordering_key'),
    attempt,
  })
}

/** Milliseconds since 1970 UTC of an RFC 3339 text; finer digits are cut off. */
export function timeOf(text: string | undefined): number | undefined {
  return text !== undefined && isTimestamp(text) ? Date.parse(text) : undefined
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(toText(body))
  } catch (cause) {
    const message = `the push request is not JSON (${messageOf(cause)}): send { "message": { … } } as JSON`
    throw new DecodeError(message, { adapter: 'pubsub', cause })
  }
}

function dataOf({ data }: Readonly<Record<string, unknown>>): Uint8Array | null {
  if (data === undefined || data === null) return null
  const bytes = typeof data === 'string' ? fromBase64(data) : undefined
  if (bytes !== undefined) return bytes
  throw refused('data', '"data" of the message is not base64: use the standard alphabet, padded', 'base64')
}

function attributesOf({ attributes }: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  if (attributes === undefined || attributes === null) return {}
  if (isTexts(attributes)) return attributes
  throw refused('attributes', '"attributes" of the message is no object of texts: send names with strings')
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string')
}

/** The first of the members that is there. A number is refused: of a 64-bit id, JSON has rounded it by now. */
function textOf(members: Readonly<Record<string, unknown>>, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = members[name]
    if (value === undefined || value === null) continue
    if (typeof value === 'string') return value
    throw refused(name, `"${name}" is a ${typeof value}: send it as a string`)
  }
  return undefined
}

function refused(attribute: string, message: string, rule = 'type'): DecodeError {
  return new DecodeError(message, { adapter: 'pubsub', violations: [{ attribute, rule, message }] })
}

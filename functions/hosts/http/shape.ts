import type { Origin } from '../../../adapters/core/binding.ts'
import { DecodeError } from '../../../adapters/core/errors.ts'
import { isRecord } from '../../../adapters/core/is-record.ts'
import { headerOf, type Message, toText } from '../../../adapters/core/message.ts'
import { isBatchMessage } from '../../../adapters/http/binding.ts'
import { noWrapperMessage, pushedMessage } from '../../../adapters/pubsub/binding.ts'

/** What a request brings: the message of a push subscription, one event as HTTP carries it, or a batch of these. */
export type Shape =
  | {
      readonly kind: 'pubsub'
      readonly message: Message
      readonly origin: Origin
      readonly attempt: number
    }
  | { readonly kind: 'event'; readonly message: Message }
  | { readonly kind: 'batch'; readonly message: Message }

const unknown =
  'the request is no CloudEvent and no Pub/Sub push: send CloudEvents over HTTP, or let the subscription push wrapped, or ' +
  'unwrapped with metadata'

/**
 * Tells what a request is: of Pub/Sub, wrapped in JSON or unwrapped with metadata, or a CloudEvent (Eventarc sends these too).
 * Pub/Sub comes first, since its attributes may be those of a CloudEvent. Throws `DecodeError` for anything else.
 */
export function shapeOf(message: Message, topic: string): Shape {
  const { headers, body } = message
  const unwrapped = noWrapperMessage(headers, body ?? new Uint8Array(), topic)
  if (unwrapped !== undefined) return { kind: 'pubsub', ...unwrapped }
  if (isBatchMessage(message)) return { kind: 'batch', message }
  const contentType = headerOf(headers, 'content-type') ?? ''
  const isEvent = headerOf(headers, 'ce-specversion') !== undefined
  if (isEvent || /^\s*application\/cloudevents\b/i.test(contentType)) return { kind: 'event', message }
  const push = pushOf(body)
  if (push !== undefined) return { kind: 'pubsub', ...pushedMessage(push, topic) }
  throw new DecodeError(unknown, { adapter: 'http' })
}

/** The JSON of a wrapped push. */
function pushOf(body: Uint8Array | null): object | undefined {
  if (body === null) return undefined
  try {
    const parsed: unknown = JSON.parse(toText(body))
    return isRecord(parsed) && 'message' in parsed ? parsed : undefined
  } catch {
    return undefined
  }
}

import { type Message, toBytes } from '../core/message.ts'
import { msOf, type Span } from './duration.ts'
import { reserved } from './limits.ts'
import { type Received, received } from './received.ts'

/** What `@google-cloud/pubsub` gives a subscriber: the part of its `Message` that is read here. */
export interface ClientMessage {
  /** A 64-bit number as text. */
  readonly id: string
  readonly data: Uint8Array
  readonly attributes: Readonly<Record<string, string>>
  readonly orderingKey?: string | undefined
  /** A `PreciseDate`, whose nanoseconds are cut to milliseconds. */
  readonly publishTime: { getTime(): number }
  /** Only where the subscription has a dead-letter policy. */
  readonly deliveryAttempt?: number | undefined
}

/** What the client's `publishMessage` takes. */
export interface ClientPublication {
  readonly data: Uint8Array
  readonly attributes: Readonly<Record<string, string>>
  readonly orderingKey?: string
}

/** A message of the client as every broker's; `topic` is what the application calls the topic. */
export function fromPubsub(native: ClientMessage, topic: string): Received {
  const { id, data, attributes, orderingKey, publishTime, deliveryAttempt: attempt } = native
  return received({ data, attributes, topic, id, time: publishTime.getTime(), orderingKey, attempt })
}

/** What the service's streaming pull brings: the part of its `ReceivedMessage` that is read here. */
export interface PulledMessage {
  readonly message?:
    | {
        readonly messageId?: string | null | undefined
        readonly data?: Uint8Array | string | null | undefined
        readonly attributes?: Readonly<Record<string, string>> | null | undefined
        readonly orderingKey?: string | null | undefined
        readonly publishTime?: Span | null | undefined
      }
    | null
    | undefined
  readonly deliveryAttempt?: number | null | undefined
}

/** A message of streaming pull as every broker's; `topic` is what the application calls the topic. */
export function fromPulled({ message, deliveryAttempt }: PulledMessage, topic: string): Received {
  const { messageId, data, attributes, orderingKey, publishTime } = message ?? {}
  return received({
    data: typeof data === 'string' ? toBytes(data) : (data ?? null),
    attributes: attributes ?? {},
    topic,
    id: messageId ?? undefined,
    time: msOf(publishTime),
    orderingKey: orderingKey ?? undefined,
    attempt: deliveryAttempt,
  })
}

/**
 * A message as the client publishes it; the key becomes the ordering key. Attributes that Google or its clients wrote to
 * a message on its way here (`googclient_…`) are left out, since Pub/Sub would refuse the copy.
 */
export function toPubsub({ body, headers, key }: Message): ClientPublication {
  const data = body ?? new Uint8Array()
  const attributes = publishable(headers)
  return key === undefined || key === '' ? { data, attributes } : { data, attributes, orderingKey: key }
}

/** The headers that may be published; the very object where these are all. */
export function publishable(headers: Message['headers']): Readonly<Record<string, string>> {
  let isAll = true
  for (const name in headers) {
    if (name.startsWith(reserved)) isAll = false
  }
  if (isAll) return headers
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(reserved)))
}

import type { CloudEvent } from '../../adapters/core/event.ts'
import { toBase64 } from '../../adapters/core/message.ts'
import { pubsubBinding } from '../../adapters/pubsub/binding.ts'

/** How a subscription pushes. */
export interface PushOptions {
  /** Default `http://localhost/`. */
  readonly url?: string | undefined
  readonly messageId?: string | undefined
  readonly orderingKey?: string | undefined
  /** Told by subscriptions with a dead-letter policy. */
  readonly deliveryAttempt?: number | undefined
  /** The token that the subscription pushes with. */
  readonly token?: string | undefined
}

const binding = pubsubBinding()

/** The request of a push subscription, its message wrapped in JSON. */
export function wrappedPush(event: CloudEvent, options: PushOptions = {}): Request {
  const { messageId = '1', orderingKey, deliveryAttempt } = options
  const { body, headers } = binding.encode(event)
  const publishTime = new Date().toISOString()
  const message = {
    ...(body === null ? {} : { data: toBase64(body) }),
    attributes: headers,
    messageId,
    message_id: messageId,
    publishTime,
    publish_time: publishTime,
    ...(orderingKey === undefined ? {} : { orderingKey }),
  }
  const subscription = 'projects/test/subscriptions/test'
  const push = { message, subscription, ...(deliveryAttempt === undefined ? {} : { deliveryAttempt }) }
  return request(JSON.stringify(push), { 'content-type': 'application/json' }, options)
}

/** The request of a push subscription "without wrapper" and with metadata. */
export function unwrappedPush(event: CloudEvent, options: PushOptions = {}): Request {
  const { messageId = '1', orderingKey } = options
  const { body, headers } = binding.encode(event)
  const metadata = {
    'x-goog-pubsub-message-id': messageId,
    'x-goog-pubsub-publish-time': new Date().toISOString(),
    'x-goog-pubsub-subscription-name': 'projects/test/subscriptions/test',
    ...(orderingKey === undefined ? {} : { 'x-goog-pubsub-ordering-key': orderingKey }),
  }
  return request(body === null ? '' : new Uint8Array(body), { ...headers, ...metadata }, options)
}

function request(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
  { url = 'http://localhost/', token }: PushOptions,
): Request {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return new Request(url, { method: 'POST', body, headers: { ...headers, ...authorization } })
}

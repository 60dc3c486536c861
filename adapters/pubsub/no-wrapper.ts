import { headerOf, type Message } from '../core/message.ts'
import { utf8OfLatin1 } from '../core/percent.ts'
import { timeOf } from './push.ts'
import { type Received, received } from './received.ts'

/** Headers that a request has whatever was published: those of HTTP, of credentials, of tracing and of proxies. */
const ofRequests = new Set([
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'authorization', 'cache-control'],
  ...['connection', 'content-encoding', 'content-length', 'cookie', 'date', 'expect', 'forwarded', 'from'],
  ...['host', 'keep-alive', 'max-forwards', 'origin', 'pragma', 'referer', 'te', 'trailer', 'traceparent'],
  ...['tracestate', 'transfer-encoding', 'upgrade', 'user-agent', 'via', 'x-real-ip', 'x-request-id'],
  ...['x-serverless-authorization', 'function-execution-id'],
])
const ofProxies = /^(?:x-goog-|x-forwarded-|x-cloud-|x-appengine-|x-envoy-|x-client-|x-b3-|sec-|proxy-)/

/** What clients of HTTP say of a body whose type nobody gave; no event's data are a form. */
const form = 'application/x-www-form-urlencoded'

/**
 * The message of a push request "without wrapper" and with metadata
 * (https://cloud.google.com/pubsub/docs/payload-unwrapping): its data are the body, its attributes and
 * `x-goog-pubsub-…` are headers. `undefined` where no header has the message id: nothing could name the message.
 *
 * HTTP folds the case of attribute names, and does not tell attributes from other headers: those that requests have of
 * themselves, credentials among them, are left out.
 */
export function noWrapperMessage(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  topic: string,
): Received | undefined {
  const id = headerOf(headers, 'x-goog-pubsub-message-id')
  if (id === undefined) return undefined
  // The emulator leaves out a part of the name.
  const key = headerOf(headers, 'x-goog-pubsub-ordering-key') ?? headerOf(headers, 'x-goog-ordering-key')
  return received({
    data: body,
    attributes: attributesOf(headers),
    topic,
    id,
    time: timeOf(headerOf(headers, 'x-goog-pubsub-publish-time')),
    orderingKey: key === undefined ? undefined : utf8OfLatin1(key),
    attempt: undefined,
    subscription: headerOf(headers, 'x-goog-pubsub-subscription-name'),
  })
}

function attributesOf(headers: Message['headers']): Record<string, string> {
  const attributes = Object.entries(headers).filter(([name, value]) => {
    const folded = name.toLowerCase()
    const isForm = folded === 'content-type' && value.trimStart().toLowerCase().startsWith(form)
    return !isForm && !ofRequests.has(folded) && !ofProxies.test(folded)
  })
  // Attributes are sent as UTF-8, header values are read as Latin-1.
  return Object.fromEntries(attributes.map(([name, value]) => [name, utf8OfLatin1(value)]))
}

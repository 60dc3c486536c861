import type { Annotations, Binding, Origin } from '../core/binding.ts'
import { InvalidEventError } from '../core/errors.ts'
import { headerBinding } from '../core/header-binding.ts'
import type { Message } from '../core/message.ts'
import { publishable } from './client.ts'
import { fittingValue, misfit } from './limits.ts'
import type { PubsubBindingOptions } from './options.ts'
import { name, pubsubUnwrapper, transportOf } from './reader.ts'

export { type ClientMessage, type ClientPublication, fromPubsub, toPubsub } from './client.ts'
export { limits } from './limits.ts'
export { noWrapperMessage } from './no-wrapper.ts'
export type { PubsubBindingOptions } from './options.ts'
export { pushedMessage } from './push.ts'
export { pubsubReader, pubsubUnwrapper, type Reader } from './reader.ts'
export type { Received } from './received.ts'
export type { Unwrap } from './unwrap.ts'

/**
 * Events as Pub/Sub messages (googleapis/google-cloudevents, docs/spec/pubsub.md): attributes of the event in `ce-`
 * attributes of the message, lower-case and not percent-encoded, data as the message's data.
 *
 * The specification's text puts `datacontenttype` in `content-type`, its example in `ce-datacontenttype`: both are
 * written, and read in that order, after `content-type` the `Content-Type` of the Go SDK.
 *
 * Mode `auto` is binary, so that subscriptions can filter by attribute, and structured where an attribute is beyond
 * {@link limits}. Pub/Sub has no data but non-empty data: an event without data has a message without, and one with empty
 * data is written in structured mode, which tells them apart. A binary message that was asked for and does not fit, and
 * headers or a key of the caller that do not, are an `InvalidEventError` naming what, its size and the limit.
 */
export function pubsubBinding(options: PubsubBindingOptions = {}): Binding {
  const binding = headerBinding({ ...transportOf(options), misfit }, options)

  /** Texts are cut to what an attribute holds; what Google wrote goes, since it cannot be published again. */
  function annotate(message: Message, attributes: Annotations, origin?: Origin): Message {
    const original = { ...message, headers: publishable(message.headers) }
    const annotated = binding.annotate(original, fitting(attributes), origin)
    const violation = misfit(annotated)
    if (violation !== undefined) throw new InvalidEventError([violation], { adapter: name })
    return annotated
  }

  return {
    name,
    decode: binding.decode,
    encode: binding.encode,
    annotate,
  }
}

/** With every default. Bundles that only read leave it out. */
export const binding = /* @__PURE__ */ pubsubBinding()

/**
 * The CloudEvent in the Pub/Sub message that an event of Eventarc or Cloud Functions wraps, one level deep; any other
 * event as it is. Throws `DecodeError` where the message is broken, or an invalid event.
 */
export const unwrapped = /* @__PURE__ */ pubsubUnwrapper()

function fitting(attributes: Annotations): Annotations {
  return Object.fromEntries(
    Object.entries(attributes).map(([attribute, value]) => [
      attribute,
      typeof value === 'string' ? fittingValue(value) : value,
    ]),
  )
}

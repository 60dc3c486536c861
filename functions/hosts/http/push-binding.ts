import type { Annotations, Binding, EncodeOptions, Origin } from '../../../adapters/core/binding.ts'
import type { CloudEvent } from '../../../adapters/core/event.ts'
import type { Warn } from '../../../adapters/core/leniency.ts'
import type { Message } from '../../../adapters/core/message.ts'
import type { HttpBinding } from '../../../adapters/http/binding.ts'
import {
  type PubsubBindingOptions,
  pubsubReader,
  pubsubUnwrapper,
  type Reader,
} from '../../../adapters/pubsub/binding.ts'

/** Reads what was pushed, each message by the binding of the transport that it came by. */
export interface PushBinding extends Binding {
  /** Says how a message is read; without, it is an event as HTTP carries it. */
  mark(message: Message, as: 'pubsub' | { readonly refused: unknown }): void
}

/** The binding of the HTTP host. Events that Eventarc made of a Pub/Sub message give the event inside. */
export function pushBinding(http: HttpBinding, options: PubsubBindingOptions): PushBinding {
  const pubsub = pubsubReader(options)
  const unwrap = pubsubUnwrapper(options)
  const event: Reader = {
    decode: (message, origin, warn) => unwrap(http.decode(message, origin, warn), warn),
  }
  const marks = new WeakMap<Message, 'pubsub' | { readonly refused: unknown }>()
  const of = (message: Message) => (marks.get(message) === 'pubsub' ? pubsub : event)

  function decode(message: Message, origin?: Origin, warn?: Warn): CloudEvent {
    const mark = marks.get(message)
    if (typeof mark === 'object') throw mark.refused
    return of(message).decode(message, origin, warn)
  }

  return {
    name: 'push',
    decode,
    encode: (each: CloudEvent, encoding?: EncodeOptions) => http.encode(each, encoding),
    // What is buried is annotated by the binding of where it goes.
    annotate: (message: Message, attributes: Annotations, origin?: Origin) =>
      http.annotate(message, attributes, origin),
    mark: (message, as) => void marks.set(message, as),
  }
}

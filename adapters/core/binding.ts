import type { Delivery } from './driver.ts'
import type { AttributeValue, CloudEvent } from './event.ts'
import type { ExtensionType } from './extensions.ts'
import type { Warn } from './leniency.ts'
import type { Message } from './message.ts'
import type { Raw } from './raw.ts'

/**
 * How an event is laid out in a message. `binary`: attributes in headers, data as the body. `structured`: one JSON
 * document in the body. `auto`: what the binding holds best for its transport and the event.
 */
export type Mode = 'auto' | 'binary' | 'structured'

export interface EncodeOptions {
  /** Default: the binding's own. */
  readonly mode?: Mode | undefined
  readonly key?: string | undefined
  /** Further headers, for what is not an attribute of the event. An event's own header wins over one of the same name. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Where a message comes from; every {@link Delivery} is one. */
export type Origin = Pick<Delivery, 'topic' | 'lane' | 'position' | 'time'>

/** A message, as a client or a platform handed it over, and where it came from. */
export interface Received {
  readonly message: Message
  readonly origin: Origin
}

/** What an application may decide about reading and writing; the defaults are the transport's. */
export interface BindingOptions {
  /** What an event is written in, unless `publish` says otherwise. Default `auto`. */
  readonly mode?: Mode | undefined
  /** Refuses everything that `leniencies` lists, and raw messages unless `raw` is given. Default false. */
  readonly strict?: boolean | undefined
  /**
   * Looks into bodies that no header declares for a JSON event, which a strict reader refuses by that name. Default: what
   * the transport's senders need.
   */
  readonly sniff?: boolean | undefined
  /**
   * What becomes of a message that is no CloudEvent: `accept` makes an event of it, the same at every delivery; `reject`
   * makes a `DecodeError`, so it is dead-lettered; a function makes the event. Default `accept`.
   */
  readonly raw?: 'accept' | 'reject' | Raw | undefined
  /** What stands before the topic in the `source` of raw events, such as `kafka://orders-cluster/`. */
  readonly rawSource?: string | undefined
  /** Types of own extensions, so that numbers, booleans and bytes survive a transport whose headers are text. */
  readonly extensions?: Readonly<Record<string, ExtensionType>> | undefined
  /** Attributes that are left out on reading, such as those that other senders leak (`kafkaoffset` …). Default none. */
  readonly strip?: readonly string[] | undefined
}

/** Attributes to add to a message, or, where `undefined`, to take out. */
export type Annotations = Readonly<Record<string, AttributeValue | undefined>>

/** A pure codec between CloudEvents and the messages of one transport: no I/O, no client imported. */
export interface Binding {
  /** Transport name, as errors show it. */
  readonly name: string
  /**
   * Throws `DecodeError` where the message is no event by the binding's options. Invents no attribute. Without an
   * `origin` there is nothing to name a raw message by, so it is refused. `warn` hears of each leniency taken.
   */
  decode(message: Message, origin?: Origin, warn?: Warn): CloudEvent
  /** Throws `InvalidEventError` where the event breaks a rule. A forwarded event keeps its data bytes. */
  encode(event: CloudEvent, options?: EncodeOptions): Message
  /**
   * Adds attributes to a message that may be no CloudEvent at all, in place of any of that name, so that whoever reads it
   * finds them; `undefined` takes one out. The body stays as it is unless the event is in it. Used for dead letters.
   */
  annotate(message: Message, attributes: Annotations, origin?: Origin): Message
}

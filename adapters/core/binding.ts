import type { AttributeValue, CloudEvent } from './event.ts'
import type { Message } from './message.ts'

/**
 * How an event is laid out in a message. `binary`: attributes in headers, data as the body. `structured`: one JSON
 * document in the body. `auto`: what the binding holds best for its transport.
 */
export type Mode = 'auto' | 'binary' | 'structured'

export interface EncodeOptions {
  /** Default `auto`. */
  readonly mode?: Mode | undefined
  readonly key?: string | undefined
  /** Further headers, for what is not an attribute of the event. An event's own header wins over one of the same name. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** A pure codec between CloudEvents and the messages of one transport: no I/O, no client imported. */
export interface Binding {
  /** Transport name, as errors show it. */
  readonly name: string
  /** Throws `DecodeError` where the message is not a valid CloudEvent. Invents no attribute. */
  decode(message: Message): CloudEvent
  /** Throws `InvalidEventError` where the event breaks a rule. A forwarded event keeps its data bytes. */
  encode(event: CloudEvent, options?: EncodeOptions): Message
  /**
   * Adds attributes to a message that may be no CloudEvent at all, leaving its body as it is wherever the transport has
   * headers. Used for dead letters that could not be decoded.
   */
  annotate(message: Message, attributes: Readonly<Record<string, AttributeValue>>): Message
}

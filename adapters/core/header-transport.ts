import type { ParameterType } from './connect.ts'
import type { Violation } from './errors.ts'
import type { Message } from './message.ts'
import type { UsualRaw, usualRaw } from './raw.ts'

/** How one transport lays out events in messages that have headers: all in which the header bindings differ. */
export interface HeaderTransport {
  /** Transport name, as errors show it. */
  readonly name: string
  /** What stands before an attribute's name in a header: `ce_`, `ce-`. */
  readonly prefix: string
  /**
   * Headers that hold `datacontenttype` in binary mode: written to each, read from the first that is there. Structured
   * mode is always told by `content-type`. Default `content-type` alone.
   */
  readonly contentType?: readonly string[] | undefined
  /** Headers that `datacontenttype` is read from, where more are read than written. Default {@link contentType}. */
  readonly contentTypeFrom?: readonly string[] | undefined
  /** The transport compares header names without regard to case. Default false: other case is a leniency. */
  readonly foldsCase?: boolean | undefined
  /** Attribute values are percent-encoded in headers (CloudEvents HTTP binding §3.1.3.2). Default false. */
  readonly percentEncoded?: boolean | undefined
  /** Attribute values may be quoted strings (same place). Default false. */
  readonly quoted?: boolean | undefined
  /**
   * The platform gives header values as one character for each byte, so that UTF-8 which a sender did not percent-encode
   * is seen as `Ã©` for `é`. Default false.
   */
  readonly latin1?: boolean | undefined
  /** Whether bodies are searched for an event where no header declares one. Default true. */
  readonly sniff?: boolean | undefined
  /**
   * What mode `auto` makes of an event without data: `structured` where a missing body means something else, such as the
   * deletion of a key. Default `binary`.
   */
  readonly dataless?: 'binary' | 'structured' | undefined
  /**
   * The transport does not tell a body of no bytes from none: either is no data, whatever its content type. Data of no bytes
   * are a misfit of binary mode, `empty-data`; structured mode says them as `""`. Default false.
   */
  readonly emptyIsNone?: boolean | undefined
  /**
   * What the transport's messages cannot hold: `auto` writes structured mode instead of such a binary message; a binary
   * one that was asked for, and a structured one, are refused.
   */
  readonly misfit?: ((message: Message) => Violation | undefined) | undefined
  /** The event of a message that is none. Default {@link usualRaw}. */
  readonly raw?: UsualRaw | undefined
  /** Options that only this binding has; any other that is unknown is refused. Default none. */
  readonly options?: Readonly<Record<string, ParameterType>> | undefined
}

import type { BindingOptions, Origin } from './binding.ts'
import { completed, DecodedEvent, setAttribute, undecodable } from './decoded.ts'
import { DecodeError, messageOf } from './errors.ts'
import type { CloudEvent } from './event.ts'
import type { ReadOptions } from './json.ts'
import { permit } from './leniency.ts'
import { headerOf, type Message } from './message.ts'
import { quote } from './quote.ts'
import { isCloudEventsString, isMediaType } from './rules.ts'
import { violationsOf } from './validate.ts'
import { formOf, WireData } from './wire.ts'

/**
 * Makes an event of a message that is no CloudEvent. It must say the same for the same message at every delivery: what
 * it takes from the `origin` (topic, lane, position, time of storing) is the same then, a clock and a random id are not.
 */
export type Raw = (message: Message, origin: Origin) => CloudEvent

/** A transport's own mapping, which can also tell of a leniency that it takes, such as `generated-id`. */
export type UsualRaw = (message: Message, origin: Origin, read: ReadOptions) => CloudEvent

/** The attributes of {@link rawEvent}; those that are `undefined` are absent. */
export interface RawAttributes {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject?: string | undefined
  readonly time?: string | undefined
  readonly [attribute: string]: unknown
}

/**
 * An event with the message's body as its data, bytes untouched, and with its content type as `datacontenttype` unless
 * the attributes name one. Without a content type the data are bytes: guessing JSON would change types silently.
 * Throws `DecodeError` where the attributes make no event.
 */
export function rawEvent(attributes: RawAttributes, message: Message): CloudEvent {
  const { datacontenttype = contentTypeOf(message), ...others } = attributes
  const contentType = typeof datacontenttype === 'string' ? datacontenttype : undefined
  const { body } = message
  const event = new DecodedEvent(body === null ? undefined : WireData.ofBytes(body, formOf(contentType)))
  const members: Record<string, unknown> = { specversion: '1.0', ...others, datacontenttype }
  for (const name in members) {
    const value = members[name]
    if (value !== undefined && !setAttribute(event, name, value)) throw undecodable(members)
  }
  const complete = completed(event)
  if (complete === undefined) throw undecodable(members)
  return complete
}

/** The RFC 3339 text of a moment in milliseconds since 1970 UTC; `undefined` where it is unknown. */
export function timeText(time: number | undefined): string | undefined {
  if (time === undefined || !(Math.abs(time) <= 8.64e15)) return undefined
  const text = new Date(time).toISOString()
  return /^\d{4}-/.test(text) ? text : undefined
}

/** Where a raw message came from, or a `DecodeError`: without a position the same message could not get the same id. */
export function positionOf({ topic, position }: Origin): string {
  if (position !== undefined) return position
  throw new DecodeError(`the message on "${topic}" is no CloudEvent and has no position to name it by`)
}

/** The `source` of a raw message: what stands before the topic, by default `name:///`, and the topic. */
export function rawSource(
  name: string,
  topic: string,
  { rawSource: prefix = `${name}:///` }: BindingOptions,
) {
  return prefix + topic.split('/').map(escaped).join('/')
}

/** A text as it may stand in an attribute or a URI. */
export function escaped(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'))
}

/** The message's key where it is a text that an attribute may hold, such as `partitionkey`. */
export function attributeOfKey({ key }: Message): string | undefined {
  return key !== undefined && key !== '' && isCloudEventsString(key) ? key : undefined
}

/**
 * The mapping for transports without one of their own: `id` is lane and position, `source` is the topic, `type` is
 * `<name>.message`, `time` is that of storing.
 */
export function usualRaw(name: string, options: BindingOptions): Raw {
  return (message, origin) => {
    const { topic, lane, time } = origin
    const position = positionOf(origin)
    return rawEvent(
      {
        id: lane === undefined ? position : `${escaped(lane)}:${position}`,
        source: rawSource(name, topic, options),
        type: `${name}.message`,
        time: timeText(time),
      },
      message,
    )
  }
}

function contentTypeOf({ headers }: Message): string | undefined {
  const type = headerOf(headers, 'content-type')
  return type !== undefined && isMediaType(type) ? type : undefined
}

export type RawReader = (message: Message, origin: Origin | undefined, read: ReadOptions) => CloudEvent

/**
 * Reads what is no CloudEvent, as the options say. `isPartial` tells whether a message has some of the headers of one.
 * Throws `DecodeError` where raw messages are refused or make no event.
 */
export function rawReader(
  usual: UsualRaw,
  { strict = false, raw = strict ? 'reject' : 'accept' }: BindingOptions,
  isPartial: (message: Message) => boolean,
): RawReader {
  return (message, origin, read) => {
    if (raw === 'reject') throw notAnEvent(message, 'send binary or structured CloudEvents')
    if (origin === undefined) throw notAnEvent(message, 'give its origin to read it as a raw message')
    if (isPartial(message)) permit(read.lenient, partial)
    if (raw === 'accept') return usual(message, origin, read)
    return checked(raw, message, origin)
  }
}

const partial = {
  leniency: 'partial-headers',
  attribute: 'specversion',
  message: 'some attributes have headers but "specversion" has none: send all four that are required',
} as const

function notAnEvent(message: Message, advice: string): DecodeError {
  const type = headerOf(message.headers, 'content-type')
  const what = `no header holds "specversion" and the content type is ${type === undefined ? 'absent' : quote(type)}`
  return new DecodeError(`not a CloudEvent: ${what}: ${advice}`)
}

/** An application's function may throw, or make something that is no event. */
function checked(raw: Raw, message: Message, origin: Origin): CloudEvent {
  try {
    const event = raw(message, origin)
    const violations = violationsOf(event)
    if (violations.length === 0) return event
    const text = violations.map((violation) => violation.message).join('; ')
    throw new DecodeError(`the function "raw" made no CloudEvent: ${text}`, { violations })
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause
    throw new DecodeError(`the function "raw" failed: ${messageOf(cause)}`, { cause })
  }
}

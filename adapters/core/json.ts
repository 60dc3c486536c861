import { attributeValue, canonical, dataOf, isBinary } from './data.ts'
import { completed, DecodedEvent, undecodable } from './decoded.ts'
import { DecodeError, InvalidEventError, type Violation, WaybillError } from './errors.ts'
import type { CloudEvent } from './event.ts'
import { documentedExtensions, type ExtensionType } from './extensions.ts'
import { isRecord } from './is-record.ts'
import { Layouts } from './layouts.ts'
import { permit, type Warn } from './leniency.ts'
import { fromBase64, isBytes, toBase64, toBytes, toText } from './message.ts'
import { quote } from './quote.ts'
import { readAttribute } from './read-attribute.ts'
import { isJsonMediaType } from './rules.ts'
import { elementTexts, memberText } from './span.ts'
import { describe, stringify } from './stringify.ts'
import { validate } from './validate.ts'
import { formOf, type ParsedData, WireData, wireOfMember } from './wire.ts'

/**
 * Media types of the JSON event format 1.0 (§3, §4), as this library writes them: the charset in lower case, since the
 * HTTP reader of the cloudevents package takes no other.
 */
export const jsonMediaType = 'application/cloudevents+json; charset=utf-8'
export const jsonBatchMediaType = 'application/cloudevents-batch+json; charset=utf-8'

/** How an event is read. */
export interface ReadOptions {
  /** Hears of each leniency taken. Absent: strict, so that each is a `DecodeError`. */
  readonly lenient?: Warn | undefined
  /** Types of extensions whose text is read as a number, a boolean or bytes. Default {@link documentedExtensions}. */
  readonly extensions?: ReadonlyMap<string, ExtensionType> | undefined
  /** Attributes that are left out. Default none. */
  readonly strip?: ReadonlySet<string> | undefined
  /** What is remembered of events that were read with the same extensions, all attributes kept. Default nothing. */
  readonly layouts?: Layouts | undefined
}

/** For readers that name no types of their own. */
const documentedLayouts = new Layouts(documentedExtensions)

/**
 * Reads one event in the JSON event format. The document is parsed once; data that is forwarded keeps its text, so that
 * numbers beyond 2^53 survive. Throws `DecodeError` naming every broken rule.
 */
export function decodeJson(bytes: Uint8Array, options: ReadOptions = {}): CloudEvent {
  const text = textOf(bytes, options)
  const layouts = options.layouts ?? layoutsFor(options)
  const event = layouts?.read(text)
  if (event !== undefined) return event
  return eventOfDocument(parse(text), text, options, layouts)
}

function layoutsFor({ extensions, strip }: ReadOptions): Layouts | undefined {
  return extensions === undefined && strip === undefined ? documentedLayouts : undefined
}

/**
 * Reads a batch: a JSON array of events, possibly empty. Throws `DecodeError` naming the index of a bad event, and
 * `ERR_TOO_LARGE` where it has more than `maxEvents`.
 */
export function decodeJsonBatch(
  bytes: Uint8Array,
  options: ReadOptions = {},
  maxEvents = Number.POSITIVE_INFINITY,
): CloudEvent[] {
  const text = textOf(bytes, options)
  const batch = parse(text)
  if (!Array.isArray(batch)) throw new DecodeError('a batch is not a JSON array: send [event, …]')
  if (batch.length > maxEvents) {
    const message = `the batch has ${batch.length} events, more than ${maxEvents}: send them in several`
    throw new WaybillError('ERR_TOO_LARGE', message)
  }
  // Looking for where each ends takes as long as parsing all of them, and only a relay needs it.
  let texts: string[] | undefined
  const textAt = (index: number): string => {
    texts ??= elementTexts(text)
    return texts[index] ?? ''
  }
  return batch.map((members: unknown, index) => {
    try {
      return eventOfMembers(members, () => dataText(textAt(index)), options)
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause
      const { detail, violations } = cause
      throw new DecodeError(`event ${index} of the batch: ${detail}`, {
        cause,
        violations,
      })
    }
  })
}

/** Writes one event in the JSON event format. Throws `InvalidEventError`. */
export function encodeJson(event: CloudEvent): Uint8Array {
  return toBytes(jsonOf(event))
}

/** Writes a batch in the JSON batch format. Throws `InvalidEventError` naming the index of a bad event. */
export function encodeJsonBatch(events: readonly CloudEvent[]): Uint8Array {
  return toBytes(`[${events.map(elementOf).join(',')}]`)
}

function elementOf(event: CloudEvent, index: number): string {
  try {
    return jsonOf(event)
  } catch (cause) {
    if (!(cause instanceof InvalidEventError)) throw cause
    const place = `event ${index} of the batch`
    const violations = cause.violations.map((broken) => ({
      ...broken,
      message: `${place}: ${broken.message}`,
    }))
    throw new InvalidEventError(violations, { adapter: cause.adapter, cause })
  }
}

function textOf(bytes: Uint8Array, { lenient }: ReadOptions): string {
  try {
    return withoutMark(toText(bytes), lenient)
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause
    throw new DecodeError('the event is not UTF-8 text: the JSON event format requires it', { cause })
  }
}

/** RFC 8259 §8.1: a byte order mark must not be sent, and may be ignored. */
export function withoutMark(text: string, lenient: Warn | undefined): string {
  if (text.charCodeAt(0) !== 0xfeff) return text
  permit(lenient, {
    leniency: 'byte-order-mark',
    message: 'the JSON text begins with a byte order mark: send it without',
  })
  return text.slice(1)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DecodeError(
      'the event is not valid JSON: send one JSON object in the CloudEvents JSON format',
      { cause },
    )
  }
}

/** The event of a parsed document and its text, from whose layout `layouts` may learn. */
export function eventOfDocument(
  members: unknown,
  text: string,
  options: ReadOptions,
  layouts: Layouts | undefined,
): CloudEvent {
  const event = eventOfMembers(members, () => dataText(text), options)
  if (isRecord(members)) layouts?.learn(members, text)
  return event
}

function dataText(text: string): string {
  return memberText(text, 'data') ?? ''
}

/**
 * The event of a parsed document; `textOfData` finds the text of its member `data`. A `DecodeError` names every broken
 * rule; a lenient reader leaves out optional attributes that are illegal.
 */
function eventOfMembers(members: unknown, textOfData: () => string, options: ReadOptions): CloudEvent {
  const { lenient, extensions = documentedExtensions, strip } = options
  if (!isRecord(members)) {
    throw new DecodeError(
      `the event is ${describe(members)}: send one JSON object in the CloudEvents JSON format`,
    )
  }
  const wire = wireOf(members, textOfData)
  if (isViolation(wire)) throw undecodable(present(members), [wire])
  const event = new DecodedEvent(wire)
  for (const name in members) {
    if (name === 'data' || name === 'data_base64' || strip?.has(name)) continue
    const value = members[name]
    // A null attribute is an absent one (JSON event format §2.2); null data is data.
    if (value !== null && !readAttribute(event, name, value, extensions.get(name), lenient))
      throw undecodable(present(members))
  }
  return completed(event) ?? refuse(members)
}

function refuse(members: Readonly<Record<string, unknown>>): never {
  throw undecodable(present(members))
}

/** The data of an envelope (JSON event format §3.1). */
function wireOf(
  members: Readonly<Record<string, unknown>>,
  textOfData: () => string,
): WireData | ParsedData | Violation | undefined {
  const { data, data_base64: base64, datacontenttype } = members
  const contentType = typeof datacontenttype === 'string' ? datacontenttype : undefined
  if (base64 !== undefined && base64 !== null) {
    if (data !== undefined)
      return violation('data-exclusive', 'has both "data" and "data_base64": send one of them')
    const bytes = typeof base64 === 'string' ? fromBase64(base64) : undefined
    if (bytes === undefined)
      return violation('base64', '"data_base64" is not base64: use the standard alphabet, padded')
    return WireData.ofBytes(bytes, formOf(contentType))
  }
  if (data === undefined) return undefined
  const wire = wireOfMember(textOfData, data, contentType)
  if (wire !== undefined) return wire
  const message = `"data" is ${describe(data)} but datacontenttype is ${quote(contentType ?? '')}: use a string or data_base64`
  return violation('data-type', message)
}

function jsonOf(event: CloudEvent): string {
  validate(event)
  return isPlainJson(event) ? stringify(event) : assembled(event)
}

/** True where the engine's own serializer writes the event exactly as the JSON event format wants it. */
function isPlainJson(event: CloudEvent): boolean {
  // Reading the data of a decoded event would parse it.
  if (DecodedEvent.is(event)) return false
  const { data, datacontenttype } = event
  if (data === undefined || typeof data === 'function' || typeof data === 'symbol' || isBinary(data))
    return false
  if (datacontenttype !== undefined && !isJsonMediaType(datacontenttype)) return false
  // An object's own way to write itself, such as that of the cloudevents package, is not this format.
  if ('toJSON' in event) return false
  for (const name in event) if (isBytes(event[name]) || name === 'data_base64') return false
  return true
}

function assembled(event: CloudEvent): string {
  const data = dataOf(event)
  let json = '{"specversion":"1.0"'
  for (const name in event) {
    const value = name === 'specversion' ? undefined : attributeValue(event, name)
    if (value === undefined) continue
    const isText = typeof value === 'string' || isBytes(value)
    json += `,"${name}":${isText ? quoted(canonical(value)) : value}`
  }
  return data === undefined ? `${json}}` : `${json},${dataMember(data, event.datacontenttype)}}`
}

/** A text as a JSON string; nearly every attribute needs no escaping. */
function quoted(text: string): string {
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}

function dataMember(data: WireData, contentType: string | undefined): string {
  if (data.form === 'json') {
    const text = jsonText(data)
    if (text !== undefined) return `"data":${text}`
  } else if (data.isString && contentType !== undefined) {
    const text = utf8Text(data)
    if (text !== undefined) return `"data":${JSON.stringify(text)}`
  }
  return `"data_base64":"${toBase64(data.bytes())}"`
}

/** The data as a JSON text, unless bytes from elsewhere turn out to be none: they must not break the envelope. */
function jsonText(data: WireData): string | undefined {
  if (data.isKnownJson) return data.text()
  try {
    const text = data.text()
    JSON.parse(text)
    return text
  } catch {
    return undefined
  }
}

function utf8Text(data: WireData): string | undefined {
  try {
    return data.text()
  } catch {
    return undefined
  }
}

function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}

function isViolation(value: WireData | ParsedData | Violation | undefined): value is Violation {
  return value !== undefined && 'rule' in value
}

function violation(rule: string, message: string): Violation {
  return { attribute: rule === 'base64' ? 'data_base64' : 'data', rule, message }
}

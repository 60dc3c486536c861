import { attributeValue, dataOf } from './data.ts'
import { DecodedEvent } from './decoded.ts'
import { isBytes } from './message.ts'
import { validate } from './validate.ts'
import { formOf, type WireData } from './wire.ts'

/** What an attribute may hold; `Uint8Array` is the specification's Binary. */
export type AttributeValue = string | number | boolean | Uint8Array

/**
 * A CloudEvent 1.0: the only event model. Structurally the `cloudevents` package's `CloudEventV1`, so its events are
 * accepted everywhere and ours are accepted there.
 *
 * `data` of a decoded event is read lazily: parsed JSON for JSON media types, text for `text/*` and XML, else bytes.
 * Copying an event with a spread parses and later re-encodes its data; {@link derive} keeps the bytes.
 */
export interface CloudEvent<T = unknown> {
  readonly specversion: string
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject?: string
  /** RFC 3339, kept as the text that was sent: digits beyond milliseconds and the offset survive. */
  readonly time?: string
  readonly datacontenttype?: string
  readonly dataschema?: string
  readonly data?: T
  readonly data_base64?: string
  readonly [extension: string]: unknown
}

/** What {@link createEvent} is given: the rest has defaults. */
export interface NewEvent<T = unknown> {
  readonly type: string
  readonly source: string
  /** Default: a random UUID. */
  readonly id?: string | undefined
  /** Default: now. */
  readonly time?: string | undefined
  /** Default: `application/json` where there is data that is not a `Uint8Array`. */
  readonly datacontenttype?: string | undefined
  readonly data?: T
  readonly [attribute: string]: unknown
}

/** A new event, validated. Throws `InvalidEventError` naming every broken rule. */
export function createEvent<T = unknown>(init: NewEvent<T>): CloudEvent<T> {
  const { id = crypto.randomUUID(), time = new Date().toISOString(), source, type } = init
  const event: CloudEvent<T> = { specversion: '1.0', id, source, type, time }
  put(event, init)
  complete(event)
  return event
}

/** What {@link derive} changes; `undefined` removes an attribute, or the data, and makes a new `id`. */
export interface Changes {
  readonly [attribute: string]: unknown
}

export interface DeriveOptions {
  /** Adds `causationid` (the parent's id) and `correlationid` (the parent's, else its id). Default false. */
  readonly causation?: boolean | undefined
}

/**
 * A new event made from another: attributes are kept but for `changes`, `id` is new and `time` is now unless given. Data
 * that is not changed keeps its bytes. Throws `InvalidEventError`.
 */
export function derive(event: CloudEvent, changes: Changes, options: DeriveOptions = {}): CloudEvent {
  const { specversion, source, type } = event
  const time = Object.hasOwn(changes, 'time') ? changes.time : new Date().toISOString()
  const { id = crypto.randomUUID() } = changes
  const derived: Record<string, unknown> = { specversion, id, source, type, time }
  for (const name in event) {
    if (name === 'id' || name === 'time' || Object.hasOwn(changes, name)) continue
    const value = attributeValue(event, name)
    if (value !== undefined) derived[name] = value
  }
  if (options.causation)
    put(derived, { causationid: event.id, correlationid: event.correlationid ?? event.id })
  put(derived, changes)
  for (const name in changes) {
    if (changes[name] === undefined && name !== 'id') Reflect.deleteProperty(derived, name)
  }
  if ('data' in changes || 'data_base64' in changes) {
    complete(derived)
    return derived
  }
  validate(derived)
  const wire = dataOf(event)
  // The bytes stay; under another content type they read otherwise.
  const isRelabelled = derived.datacontenttype !== event.datacontenttype
  return withWire(derived, isRelabelled ? wire?.fork(formOf(derived.datacontenttype)) : wire?.fork())
}

function withWire(attributes: CloudEvent, wire: WireData | undefined): CloudEvent {
  const event: DecodedEvent & CloudEvent = Object.assign(new DecodedEvent(wire), attributes)
  return DecodedEvent.finish(event)
}

/**
 * Adds the members that have a value. One by one: an object that was spread twice is several times slower ever after.
 * A member named `__proto__` must become one, to be refused by its name, and not the prototype.
 */
function put(event: Record<string, unknown>, members: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(members)) {
    const value = members[name]
    if (name === '__proto__') Object.defineProperty(event, name, { value, enumerable: true })
    else if (value !== undefined) event[name] = value
  }
}

/** Says that data is JSON where nothing else is said, and validates. */
function complete(event: Record<string, unknown>): asserts event is Record<string, unknown> & CloudEvent {
  const { data, datacontenttype } = event
  if (datacontenttype === undefined && data !== undefined && !isBytes(data)) {
    event.datacontenttype = 'application/json'
  }
  validate(event)
}

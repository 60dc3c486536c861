import { attributesOf, dataOf } from './data.ts'
import { DecodedEvent } from './decoded.ts'
import { validate } from './validate.ts'
import { formOf } from './wire.ts'

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
  const id = init.id ?? crypto.randomUUID()
  const time = init.time ?? new Date().toISOString()
  const event: CloudEvent<T> = {
    specversion: '1.0',
    ...present(init),
    id,
    source: init.source,
    type: init.type,
    time,
  }
  return typed(event)
}

/** What {@link derive} changes; `undefined` removes an attribute, or the data. */
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
  const origin = options.causation
    ? { causationid: event.id, correlationid: event.correlationid ?? event.id }
    : undefined
  const fresh = { id: crypto.randomUUID(), time: new Date().toISOString() }
  const attributes = present({ ...attributesOf(event), ...origin, ...fresh, ...changes })
  if ('data' in changes || 'data_base64' in changes) return typed(attributes)
  validate(attributes)
  const wire = dataOf(event)
  // The bytes stay; under another content type they read otherwise.
  const isRelabelled = attributes.datacontenttype !== event.datacontenttype
  const own = isRelabelled ? wire?.fork(formOf(attributes.datacontenttype)) : wire?.fork()
  return DecodedEvent.finish(Object.assign(new DecodedEvent(own), attributes))
}

/** Validates an event that was just made, and says that its data is JSON where nothing else is said. */
function typed<E extends Readonly<Record<string, unknown>>>(event: E): E & CloudEvent {
  const { data, datacontenttype } = event
  const isJson = datacontenttype === undefined && data !== undefined && !(data instanceof Uint8Array)
  const complete = isJson ? { ...event, datacontenttype: 'application/json' } : event
  validate(complete)
  return complete
}

/** The members that have a value. Without a prototype, so that a member named `__proto__` is one like any other. */
function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null)
  for (const name of Object.keys(members)) if (members[name] !== undefined) result[name] = members[name]
  return result
}

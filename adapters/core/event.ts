import { attributesOf, dataOf } from './data.ts'
import { DecodedEvent } from './decoded.ts'
import { validate } from './validate.ts'

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
  const untyped = event.datacontenttype === undefined && event.data !== undefined && !isBytes(event.data)
  const complete = untyped ? { ...event, datacontenttype: 'application/json' } : event
  validate(complete)
  return complete
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
  const attributes = { ...attributesOf(event), ...origin, ...fresh, ...changes }
  if ('data' in changes || 'data_base64' in changes) {
    const derived = present(attributes)
    const typeless =
      derived.datacontenttype === undefined && derived.data !== undefined && !isBytes(derived.data)
    const complete = typeless ? { ...derived, datacontenttype: 'application/json' } : derived
    validate(complete)
    return complete
  }
  const derived = Object.assign(new DecodedEvent(dataOf(event)), present(attributes))
  validate(derived)
  return DecodedEvent.finish(derived)
}

/** The members that have a value. */
function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const name of Object.keys(members)) if (members[name] !== undefined) result[name] = members[name]
  return result
}

function isBytes(data: unknown): boolean {
  return data instanceof Uint8Array
}

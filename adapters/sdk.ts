/**
 * The edge to the `cloudevents` package: its events to and from ours. The package must be installed; nothing else of this
 * library needs it.
 * @module
 */
import { type CloudEventV1, CloudEvent as SdkCloudEvent } from 'cloudevents'
import { attributesOf, dataOf, isBinary } from './core/data.ts'
import { DecodedEvent } from './core/decoded.ts'
import { InvalidEventError, type Violation } from './core/errors.ts'
import type { CloudEvent } from './core/event.ts'
import { fromBase64, isBytes, toBase64 } from './core/message.ts'
import { violationsOf } from './core/validate.ts'
import type { WireData } from './core/wire.ts'

/**
 * An event as a frozen instance of the package's class, with the same attributes, values and data and no others. The package's
 * methods, bindings and emitters work on it. Structured mode keeps the text of `time` and invents none.
 *
 * `data` of a received event is read: JSON numbers beyond 2^53 are rounded in it, and in what the package writes. Bytes are in
 * `data` and, as in the package's own events, in `data_base64`. In binary mode the package rewrites `time` in HTTP headers
 * to milliseconds in UTC, writes JSON texts without their quotes, and puts `Uint8Array` attributes into headers as they are.
 *
 * Throws `InvalidEventError` where the event breaks a rule or has an attribute `validate` or `emit`, which would hide a method
 * of the package, and `DecodeError` where data is not what `datacontenttype` says, as reading `event.data` does.
 */
export function toSdk(event: CloudEvent): SdkCloudEvent<unknown> {
  check(event, hiddenMethods, unreadableData)
  const wire = DecodedEvent.is(event) ? dataOf(event)?.fork() : undefined
  const data = wire === undefined ? dataIn(event) : wire.value()
  const converted = instance({ ...attributesOf(event), data })
  if (wire !== undefined) received.set(converted, wire)
  return converted
}

/**
 * An event of the package, or anything of its shape, as an event of this library, validated. Members that are `undefined` and
 * attributes that are `null` are absent; `data: null` is data. A `Date` becomes its RFC 3339 text. Of `data` and
 * `data_base64`, which the package sets both, one `Uint8Array` is left. A result of {@link toSdk} gives back the data that was
 * received, byte for byte, unless it was changed in place.
 *
 * Throws one `InvalidEventError` that names every attribute that breaks a rule: the package lets objects, upper-case names,
 * integers beyond 32 bits and much more pass. Refuses bytes in arrays of other elements, because the package cuts each
 * element to one byte; only a `Uint32Array` of bytes, which the package's HTTP reader makes, is read.
 */
export function fromSdk(event: CloudEventV1<unknown>): CloudEvent {
  const members = presentMembers(event)
  check(members, unreadableData)
  const { data: _, data_base64: __, ...attributes } = members
  const wire = received.get(event)?.current()
  if (wire !== undefined) return DecodedEvent.finish(Object.assign(new DecodedEvent(wire), attributes))
  const data = dataIn(members)
  return data === undefined ? attributes : { ...attributes, data }
}

/** The data of converted events as it was received; their `data` is what it reads as. */
const received = new WeakMap<object, WireData>()

/**
 * The package's prototype but for the methods through which structured mode goes, which cannot be own properties: the
 * package would make headers of them. Its constructor is not called: it invents `time`, and freezes what it made.
 */
const prototype: object = Object.create(SdkCloudEvent.prototype, {
  toJSON: { value: toJson },
  cloneWith: { value: cloneWith },
})

type Members = Readonly<Record<string, unknown>>

function instance({ data: given, data_base64: base64, ...attributes }: Members): SdkCloudEvent<unknown> {
  const data = given === undefined && typeof base64 === 'string' ? fromBase64(base64) : given
  const members = { ...attributes, data, data_base64: isBytes(data) ? toBase64(data) : base64 }
  const present = Object.entries(members).filter(([, value]) => value !== undefined)
  // Not by assignment to an object of that prototype: `toJSON` is read-only there, and `__proto__` a setter.
  const event: SdkCloudEvent<unknown> = Object.setPrototypeOf(Object.fromEntries(present), prototype)
  return Object.freeze(event)
}

/** The JSON event format; the package's own rewrites `time` and fails where there is none. */
function toJson(this: Members): Record<string, unknown> {
  const json: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(this)) {
    if (!isBytes(value)) json[name] = value
    else if (name !== 'data') json[name] = toBase64(value)
  }
  return json
}

/** As the package's own, but that it invents no `time` and that new data replaces the old in both members. */
function cloneWith(this: Members, changes: Members, strict = true): SdkCloudEvent<unknown> {
  const { data, data_base64: _, ...attributes } = this
  const isNew = changes.data !== undefined || changes.data_base64 !== undefined
  const clone = instance({ ...attributes, ...changes, ...(isNew ? {} : { data }) })
  if (strict) clone.validate()
  return clone
}

/** Own members that are there. Names stay as they are, `__proto__` too, to be refused by name. */
function presentMembers(event: CloudEventV1<unknown>): Record<string, unknown> {
  const present = Object.entries(event ?? {}).filter(([name, value]) => {
    return value !== undefined && (value !== null || name === 'data')
  })
  return Object.fromEntries(
    present.map(([name, value]) => [name, name === 'data' ? value : datesAsText(value)]),
  )
}

function datesAsText(value: unknown): unknown {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value
}

/** The data of an event that holds it in members. */
function dataIn({ data, data_base64: base64 }: CloudEvent): unknown {
  if (isBytes(data)) return data
  if (isBytePerElement(data)) return Uint8Array.from(data)
  return base64 === undefined ? data : fromBase64(base64)
}

function isBytePerElement(data: unknown): data is Uint32Array {
  return data instanceof Uint32Array && data.every((element) => element < 256)
}

function unreadableData(event: Members): readonly Violation[] {
  // Reading the data of a received event would parse it; it is never in another shape.
  const data = DecodedEvent.is(event) ? undefined : event.data
  if (!isBinary(data) || isBytes(data) || isBytePerElement(data)) return []
  const message = `"data" holds bytes in ${Object.prototype.toString.call(data).slice(8, -1)}: use a Uint8Array`
  return [{ attribute: 'data', rule: 'data-type', message }]
}

function hiddenMethods(event: Members): readonly Violation[] {
  const hidden = ['validate', 'emit'].filter(
    (method) => Object.hasOwn(event, method) && event[method] !== undefined,
  )
  return hidden.map((attribute) => {
    const message = `"${attribute}" is also a method of the cloudevents package, which the attribute would hide: rename it`
    return { attribute, rule: 'sdk-method', message }
  })
}

type Rule = (event: Members) => readonly Violation[]

/** Throws one `InvalidEventError` with everything that is wrong. */
function check(event: CloudEvent | Members, ...rules: readonly Rule[]): asserts event is CloudEvent {
  const violations = violationsOf(event)
  // Only what is an object has members to look at.
  const more = violations[0]?.attribute === 'event' ? [] : rules.flatMap((rule) => rule(event))
  if (violations.length + more.length > 0) {
    throw new InvalidEventError([...violations, ...more], { adapter: 'sdk' })
  }
}

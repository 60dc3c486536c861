import { MEMO_LIMIT } from './characters.ts'
import { InvalidEventError, type Violation } from './errors.ts'
import type { CloudEvent } from './event.ts'
import { isBytes, toBase64 } from './message.ts'
import { quote } from './quote.ts'
import {
  isAttributeName,
  isBase64,
  isCloudEventsString,
  isInt32,
  isMediaType,
  isTimestamp,
  isUri,
  isUriReference,
} from './rules.ts'

/** A hostile event may break a million rules; an error needs the first of them. */
export const MAX_VIOLATIONS = 100
const NONE: readonly Violation[] = Object.freeze([])
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const

/**
 * What is wrong with one attribute, or `undefined`: its name, the type of its value, and its syntax where the
 * specification gives one (CloudEvents 1.0.2, "Context Attributes"). An `undefined` value is an absent attribute, which is never wrong here.
 */
export function checkAttribute(name: string, value: unknown): Violation | undefined {
  return value === undefined || isValid(name, value) ? undefined : explain(name, value)
}

/**
 * Every broken rule of an event, up to a hundred; empty when it is valid. Own enumerable properties count, as for JSON.
 * Never reads `data`, unless `data_base64` is there as well.
 */
export function violationsOf(event: unknown): readonly Violation[] {
  if (!isObject(event)) return [violation('event', 'object', describeNonEvent(event))]
  let violations: Violation[] | undefined
  let required = 0
  for (const name in event) {
    // biome-ignore lint/suspicious/noPrototypeBuiltins: inside for-in V8 answers this for nothing, Object.hasOwn costs 8 ns
    if (!Object.prototype.hasOwnProperty.call(event, name) || name === 'data') continue
    const value = event[name]
    if (value === undefined) continue
    if (name === 'specversion' || name === 'id' || name === 'source' || name === 'type') required++
    if (name === 'data_base64') {
      violations = [...(violations ?? NONE), ...checkBase64(event, value)]
    } else if (!isValid(name, value)) {
      violations ??= []
      violations.push(explain(name, value))
    } else continue
    if (violations.length >= MAX_VIOLATIONS) break
  }
  if (required === REQUIRED.length) return violations ?? NONE
  return [...missing(event), ...(violations ?? NONE)]
}

/** Throws `InvalidEventError` with every broken rule. */
export function validate(event: unknown): asserts event is CloudEvent {
  const violations = violationsOf(event)
  if (violations.length > 0) throw new InvalidEventError(violations)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

let lastType = 'type'

/** The rules in the order of cost, with no word on what is wrong: valid events pay for nothing else. */
function isValid(name: string, value: unknown): boolean {
  switch (name) {
    case 'specversion':
      return value === '1.0'
    case 'type':
      if (value === lastType) return true
      if (!isText(value)) return false
      if (value.length <= MEMO_LIMIT) lastType = value
      return true
    case 'id':
    case 'subject':
      return isText(value)
    case 'source':
      return typeof value === 'string' && isUriReference(value)
    case 'time':
      return typeof value === 'string' && isTimestamp(value)
    case 'datacontenttype':
      return typeof value === 'string' && isMediaType(value)
    case 'dataschema':
      return typeof value === 'string' && isUri(value)
    default:
      return isAttributeName(name) && isExtensionValue(value)
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && isCloudEventsString(value)
}

function isExtensionValue(value: unknown): boolean {
  if (typeof value === 'string') return isCloudEventsString(value)
  if (typeof value === 'number') return isInt32(value)
  return typeof value === 'boolean' || isBytes(value)
}

function violation(attribute: string, rule: string, message: string): Violation {
  return { attribute, rule, message }
}

const SYNTAX: ReadonlyMap<string, readonly [rule: string, advice: string]> = new Map([
  [
    'source',
    ['uri-reference', 'use a URI reference (RFC 3986), such as /orders or https://example.com/orders'],
  ],
  ['time', ['rfc3339', 'use an RFC 3339 timestamp with an offset, such as 2026-01-31T12:00:00Z']],
  ['datacontenttype', ['media-type', 'use a media type (RFC 2046), such as application/json']],
  ['dataschema', ['uri', 'use an absolute URI (RFC 3986), such as https://example.com/order.json']],
])
const CHARSET = ['charset', 'remove control characters, noncharacters and lone surrogates'] as const
const STANDARD = new Set(['specversion', 'id', 'source', 'type', 'subject', ...SYNTAX.keys()])
const MAY_NOT_BE_EMPTY = new Set(['id', 'source', 'type', 'subject', 'dataschema'])

/** Names the first broken rule of an attribute that is known to break one. */
function explain(name: string, value: unknown): Violation {
  if (!isAttributeName(name)) return violation(name, 'name', explainName(name))
  const subject = quote(name)
  if (typeof value !== 'string') {
    if (typeof value === 'number' && Number.isInteger(value) && !STANDARD.has(name)) {
      const advice = 'use a whole number from -2147483648 to 2147483647, or a string'
      return violation(name, 'int32', `${subject} is ${value}: ${advice}`)
    }
    return violation(name, 'type', `${subject} is ${describe(value)}: ${explainType(name, value)}`)
  }
  if (value === '' && MAY_NOT_BE_EMPTY.has(name)) {
    return violation(name, 'non-empty', `${subject} is an empty string: give it a value${orLeaveOut(name)}`)
  }
  if (name === 'specversion') return violation(name, 'specversion', explainVersion(value))
  const [rule, advice] = (isCloudEventsString(value) && SYNTAX.get(name)) || CHARSET
  return violation(name, rule, `${subject} is ${quote(value)}: ${advice}`)
}

function explainName(name: string): string {
  if (name === 'data')
    return '"data" is no attribute name: it is the payload, so name the attribute otherwise'
  return `${quote(name)} is no attribute name: use only a-z and 0-9, at least one`
}

function explainVersion(value: string): string {
  if (value === '0.3') {
    return '"specversion" is "0.3", whose attributes differ: convert the event to CloudEvents 1.0 first'
  }
  return `"specversion" is ${quote(value)}: use "1.0"`
}

function explainType(name: string, value: unknown): string {
  if (value instanceof Date) return 'use its toISOString()'
  if (name === 'specversion') return 'use the string "1.0"'
  if (STANDARD.has(name)) return `use a string${orLeaveOut(name)}`
  return 'use a boolean, a 32-bit integer, a string or a Uint8Array'
}

function orLeaveOut(name: string): string {
  return REQUIRED.some((required) => required === name) ? '' : ' or leave it out'
}

function missing(event: Readonly<Record<string, unknown>>): Violation[] {
  const found = new Set(Object.keys(event))
  return REQUIRED.filter((name) => !found.has(name) || event[name] === undefined).map((name) =>
    violation(name, 'required', `"${name}" is missing: every event needs specversion, id, source and type`),
  )
}

/** What is wrong where `data_base64` is present; only then is `data` read. */
function checkBase64(event: Readonly<Record<string, unknown>>, value: unknown): Violation[] {
  const violations: Violation[] = []
  const isEncoded = typeof value === 'string' && isBase64(value)
  if (!isEncoded) {
    const found = typeof value === 'string' ? 'not standard base64' : describe(value)
    const advice = 'use the standard alphabet with padding (RFC 4648 section 4), or put bytes in "data"'
    violations.push(violation('data_base64', 'base64', `"data_base64" is ${found}: ${advice}`))
  }
  const { data } = event
  // The cloudevents package gives its events both: the same bytes twice.
  const isTwice = isEncoded && ArrayBuffer.isView(data) && isEncodingOf(value, data)
  if (data !== undefined && !isTwice) {
    const message = 'the event has both "data" and "data_base64": keep one of them'
    violations.push(violation('data', 'data-exclusive', message))
  }
  return violations
}

function isEncodingOf(base64: string, view: ArrayBufferView): boolean {
  if (base64 === toBase64(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))) return true
  // The package's HTTP reader spreads bytes over 32-bit elements; of any other array its base64 holds a part only.
  return (
    view instanceof Uint32Array &&
    view.every((element) => element < 256) &&
    base64 === toBase64(Uint8Array.from(view))
  )
}

function describeNonEvent(value: unknown): string {
  return `the event is ${describe(value)}: use an object with specversion, id, source and type`
}

/** What a value is, without showing what it holds. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value !== 'object') return `a ${typeof value}`
  if (value instanceof Date) return 'a Date'
  return ArrayBuffer.isView(value) ? Object.prototype.toString.call(value).slice(8, -1) : 'an object'
}

import { attributesOf, canonical, dataOf } from '../../adapters/core/data.ts'
import type { AttributeValue, CloudEvent } from '../../adapters/core/event.ts'
import { documentedExtensions, typedExtension } from '../../adapters/core/extensions.ts'
import { isBytes, sameBytes, toBase64 } from '../../adapters/core/message.ts'

/** What of an event can be compared across transports: its attributes, and its data as the bytes that they are. */
export interface Cargo {
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly data: Uint8Array | undefined
  readonly isJson: boolean
}

/** How an event travels: in the JSON format only, or also with its attributes in headers. */
export type Way = 'structured' | 'auto'

/** What of an event there is to compare. Never reads `data`. Throws `InvalidEventError` where it cannot be encoded. */
export function cargoOf(event: CloudEvent): Cargo {
  const data = dataOf(event)
  return { attributes: attributesOf(event), data: data?.bytes(), isJson: data?.form === 'json' }
}

/**
 * What must arrive of an event. It equals what was sent but for these differences, which the specifications leave no
 * sender a way around:
 *
 * 1. A header is text, so a number, a boolean or bytes in an extension that no registry knows arrive as their canonical
 *    text (CloudEvents "Type System"). JSON keeps numbers and booleans; it has no bytes. The documented extensions keep
 *    their types everywhere, and the text of one becomes what its type says.
 * 2. Data read from the JSON format without a content type are JSON, and headers must say so (JSON format §3.1).
 *
 * {@link differenceOf} knows of what may get lost, as the way is.
 */
export function expectedCargo(event: CloudEvent, way: Way): Cargo {
  const { attributes: sent, data, isJson } = cargoOf(event)
  const attributes: Record<string, AttributeValue> = {}
  for (const [name, value] of Object.entries(sent)) attributes[name] = expectedValue(name, value, way)
  if (way === 'structured' || !isJson) return { attributes, data, isJson }
  attributes.datacontenttype ??= 'application/json'
  return { attributes, data, isJson }
}

function expectedValue(name: string, value: AttributeValue, way: Way): AttributeValue {
  if (way === 'structured' && typeof value !== 'string' && !isBytes(value)) return value
  const text = canonical(value)
  const type = documentedExtensions.get(name)
  return type === undefined ? text : (typedExtension(type, text) ?? text)
}

/** Documented extensions whose value is not of their type: each hop warns of them. */
export function misfitsOf(event: CloudEvent): ReadonlySet<string> {
  const misfits = Object.entries(attributesOf(event)).filter(([name, value]) => {
    const type = documentedExtensions.get(name)
    return type !== undefined && typedExtension(type, canonical(value)) === undefined
  })
  return new Set(misfits.map(([name]) => name))
}

/**
 * The first difference, in words; `undefined` where there is none. Either of these may get lost on the way:
 *
 * 1. White space around a content type is no part of a header (RFC 9110 §5.5).
 * 2. White space around a JSON value is no part of it, so the JSON format does not carry it.
 * 3. No bytes are no JSON value: under a JSON content type, binary mode carries them as no data.
 */
export function differenceOf(actual: Cargo, expected: Cargo): string | undefined {
  for (const name of Object.keys(expected.attributes)) {
    if (actual.attributes[name] === expected.attributes[name]) continue
    const [found, wanted] = [shown(actual, name), shown(expected, name)]
    if (found !== wanted) return `${name} is ${found}, not ${wanted}`
  }
  for (const name of Object.keys(actual.attributes))
    if (!Object.hasOwn(expected.attributes, name)) return `${name} is ${shown(actual, name)}, not absent`
  const isSame = sameData(actual.data, expected.data, expected.isJson)
  return isSame ? undefined : `data are ${textOf(actual.data)}, not ${textOf(expected.data)}`
}

function sameData(found: Uint8Array | undefined, wanted: Uint8Array | undefined, isJson: boolean): boolean {
  if (found === undefined || wanted === undefined) return found === wanted || (isJson && wanted?.length === 0)
  return sameBytes(found, wanted) || (isJson && sameBytes(found, withoutSpace(wanted)))
}

function withoutSpace(data: Uint8Array): Uint8Array {
  let start = 0
  let end = data.length
  while (isSpace(data[start])) start++
  while (isSpace(data[end - 1])) end--
  return data.subarray(start, end)
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}

function shown({ attributes }: Cargo, name: string): string {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined
  if (value === undefined) return 'absent'
  if (isBytes(value)) return `bytes ${toBase64(value)}`
  return JSON.stringify(name === 'datacontenttype' ? canonical(value).trim() : value)
}

function textOf(data: Uint8Array | undefined): string {
  return data === undefined ? 'absent' : `bytes ${toBase64(data.subarray(0, 300))} (${data.length})`
}

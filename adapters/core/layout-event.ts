import { completed, DecodedEvent } from './decoded.ts'
import type { CloudEvent } from './event.ts'
import type { Layout, PlacedAttribute } from './layout.ts'
import { fromBase64, toBytes, toText } from './message.ts'
import { readAttribute } from './read-attribute.ts'
import { formOf, WireData, wireOfMember } from './wire.ts'

/** From this length on attributes are copied: as slices of the document they would keep the data in memory. */
const large = 1024
const nothing: readonly string[] = []

/**
 * The event of a document of which the layout's `head` found `found`: exactly what is read without the layout. `undefined`
 * where that takes a closer look.
 */
export function eventOfLayout(layout: Layout, found: RegExpExecArray, json: string): CloudEvent | undefined {
  const { data, tail, head, contentType } = layout
  if (data === undefined) return eventOf(layout, undefined, found, nothing)
  const start = found[0].length
  const behind = beforeSpace(json, tail === undefined ? json.length : json.lastIndexOf(tail.opening)) - 1
  if (behind < start || json[behind] !== (tail === undefined ? '}' : ',')) return undefined
  const isLarge = json.length > large
  const inTail = tail === undefined ? nothing : tail.pattern.exec(own(json.slice(behind), isLarge))
  const inHead = isLarge ? head.exec(own(json.slice(0, start), isLarge)) : found
  if (inTail === null || inHead === null) return undefined
  const type = contentType === undefined ? undefined : textOf(contentType, inHead, inTail)
  const wire = wireOf(json, start, beforeSpace(json, behind), data, type)
  return wire === undefined ? undefined : eventOf(layout, wire, inHead, inTail)
}

function own(slice: string, isLarge: boolean): string {
  return isLarge ? toText(toBytes(slice)) : slice
}

function eventOf(
  { attributes }: Layout,
  wire: WireData | undefined,
  inHead: readonly string[],
  inTail: readonly string[],
): CloudEvent | undefined {
  const event = new DecodedEvent(wire)
  for (const attribute of attributes) {
    const found = textOf(attribute, inHead, inTail)
    if (attribute.isUsual) event[attribute.name] = found
    else if (!reads(event, attribute, found)) return undefined
  }
  return completed(event)
}

function textOf(
  { constant, group, isInTail }: PlacedAttribute,
  inHead: readonly string[],
  inTail: readonly string[],
): string {
  return constant ?? (isInTail ? inTail : inHead)[group] ?? ''
}

/** Sets what is no usual text; false where that would take a leniency. */
function reads(event: DecodedEvent, { name, type, kind }: PlacedAttribute, found: string): boolean {
  const value = kind === 'any' ? parsed(found) : found
  if (value === undefined) return false
  if (value === null) return true
  let isStrict = true
  const warn = () => {
    isStrict = false
  }
  return readAttribute(event, name, value, type, warn) && isStrict
}

function wireOf(
  json: string,
  start: number,
  end: number,
  member: 'data' | 'data_base64',
  contentType: string | undefined,
): WireData | undefined {
  if (member === 'data') {
    const text = json.slice(behindSpace(json, start), end)
    const value = parsed(text)
    return value === undefined ? undefined : wireOfMember(text, value, contentType)
  }
  const isClosed = end > start && json[end - 1] === '"'
  const bytes = isClosed ? fromBase64(json.slice(start, end - 1)) : undefined
  return bytes === undefined ? undefined : WireData.ofBytes(bytes, formOf(contentType))
}

/** The value of a JSON text; `undefined` where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Where the space before `end` begins. */
function beforeSpace(json: string, end: number): number {
  let index = end
  while (isSpace(json.charCodeAt(index - 1))) index--
  return index
}

/** Where the space from `start` on ends. */
function behindSpace(json: string, start: number): number {
  let index = start
  while (isSpace(json.charCodeAt(index))) index++
  return index
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

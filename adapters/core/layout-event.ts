import { completed, DecodedEvent } from './decoded.ts'
import type { CloudEvent } from './event.ts'
import type { Layout, PlacedAttribute } from './layout.ts'
import { fromBase64 } from './message.ts'
import { readAttribute } from './read-attribute.ts'
import { formOf, ParsedData, WireData, wireOfMember } from './wire.ts'

/** More of a document than this is never searched for attributes, nor kept in memory by one that an application keeps. */
const most = 1024
const nothing: readonly string[] = []

/** The part of a document in which its attributes are looked for. */
export function startOf(json: string): string {
  return json.length <= most ? json : own(json.slice(0, most))
}

/** A slice keeps all of the document in memory; what is joined is copied when it is searched. No pattern finds the line feed but at the end. */
function own(slice: string): string {
  return `${slice}\n`
}

/**
 * The event of a document in whose start the layout's `head` found `inHead`: exactly what is read without the layout.
 * `undefined` where that takes a closer look.
 */
export function eventOfLayout(layout: Layout, inHead: RegExpExecArray, json: string): CloudEvent | undefined {
  const { data, tail, contentType } = layout
  if (data === undefined) return json.length > most ? undefined : eventOf(layout, undefined, inHead, nothing)
  const start = inHead[0].length
  const behind = beforeSpace(json, tail === undefined ? json.length : json.lastIndexOf(tail.opening)) - 1
  if (behind < start || json[behind] !== (tail === undefined ? '}' : ',')) return undefined
  const inTail = tail === undefined ? nothing : foundIn(tail.pattern, json, behind)
  if (inTail === null) return undefined
  const type = contentType === undefined ? undefined : textOf(contentType, inHead, inTail)
  const wire = wireOf(json, start, beforeSpace(json, behind), data, type)
  return wire === undefined ? undefined : eventOf(layout, wire, inHead, inTail)
}

/** An event of the layout without what an event says. */
export function blankOf({ attributes, data }: Layout): DecodedEvent {
  const blank = new DecodedEvent(data === undefined ? undefined : new ParsedData(null, ''))
  for (const { name } of attributes) blank[name] = ''
  return DecodedEvent.finish(blank)
}

function foundIn(tail: RegExp, json: string, from: number): RegExpExecArray | null {
  if (json.length <= most) return tail.exec(json.slice(from))
  return json.length - from > most ? null : tail.exec(own(json.slice(from)))
}

function eventOf(
  { attributes }: Layout,
  wire: WireData | ParsedData | undefined,
  inHead: readonly string[],
  inTail: readonly string[],
): CloudEvent | undefined {
  const event = new DecodedEvent(wire)
  for (const attribute of attributes) {
    const found = textOf(attribute, inHead, inTail)
    if (attribute.isUsual) put(event, attribute.name, found)
    else if (!reads(event, attribute, found)) return undefined
  }
  return completed(event)
}

/** Sets what keeps its rule. A name that stands in the source takes half of the time of one in a variable. */
function put(event: DecodedEvent, name: string, value: string): void {
  switch (name) {
    case 'specversion':
      event.specversion = value
      break
    case 'id':
      event.id = value
      break
    case 'source':
      event.source = value
      break
    case 'type':
      event.type = value
      break
    case 'subject':
      event.subject = value
      break
    case 'time':
      event.time = value
      break
    case 'datacontenttype':
      event.datacontenttype = value
      break
    default:
      event[name] = value
  }
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
): WireData | ParsedData | undefined {
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

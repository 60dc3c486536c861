import { annotateJson } from './annotate-json.ts'
import type { Annotations, Binding, BindingOptions, EncodeOptions, Origin } from './binding.ts'
import { checkedBindingOptions, unknownMode } from './binding-options.ts'
import { canonical, dataOf, usualBody } from './data.ts'
import { DecodeError, decodeErrorOf, InvalidEventError, type Violation } from './errors.ts'
import type { AttributeValue, CloudEvent } from './event.ts'
import { HeaderNames } from './header-names.ts'
import { headerReader, notText, otherCase, repeated } from './header-reader.ts'
import type { HeaderTransport } from './header-transport.ts'
import { encodeJson, jsonMediaType, type ReadOptions } from './json.ts'
import { permit, type Warn } from './leniency.ts'
import { headerOf, type Message } from './message.ts'
import { percentEncode } from './percent.ts'
import { quote } from './quote.ts'
import { rawReader, usualRaw } from './raw.ts'
import { isNeeded } from './read-attribute.ts'
import { readOptionsOf } from './read-options.ts'
import { sniff } from './sniff.ts'
import { decodeStructured, isStructured } from './structured.ts'
import { isUsual, usualHeaders } from './usual-headers.ts'
import { checkAttribute, validate } from './validate.ts'

const nothing: Message['headers'] = {}

const sniffed = {
  leniency: 'sniffed',
  message: 'the body is a JSON event but the content type does not say so: send application/cloudevents+json',
} as const

/**
 * The binding of a transport whose messages have headers. Binary mode puts each attribute in a header and the data in
 * the body, structured mode puts a JSON event in the body. `auto` is binary, but for events that it cannot carry.
 *
 * A message is read, in this order, as the content type says; as binary where `specversion` has a header; as the JSON event
 * in its body, where the binding sniffs; as a raw message.
 */
export function headerBinding(transport: HeaderTransport, options: BindingOptions = {}): Binding {
  const given = checkedBindingOptions(options, transport.name, transport.options)
  const {
    name,
    prefix,
    contentType: places = ['content-type'],
    percentEncoded,
    dataless,
    emptyIsNone,
  } = transport
  const { mode: usualMode = 'auto' } = given
  const { sniff: sniffs = transport.sniff ?? true } = given
  const { extensions, of: readOptions } = readOptionsOf(given)
  const names = new HeaderNames(prefix, places[0] ?? 'content-type', extensions)
  const version = names.headerOf('specversion')
  const usualOf = usualHeaders(prefix, places)
  const readBinary = headerReader(transport, names)
  const readRaw = rawReader(transport.raw ?? usualRaw(name, given), given, hasAttributes)
  const own = new Set([...places, 'content-type', `${prefix}datacontenttype`])
  const readPlaces = transport.contentTypeFrom ?? places
  const typePlaces = ['content-type', ...places.filter((place) => place.toLowerCase() === 'content-type')]
  const declares = places.some((place) => place.toLowerCase() === 'content-type')
  const declared = Object.fromEntries(typePlaces.map((place) => [place, jsonMediaType]))

  function decode(message: Message, origin?: Origin, warn?: Warn): CloudEvent {
    try {
      return read(received(message), origin, readOptions(warn))
    } catch (error) {
      throw decodeErrorOf(name, error)
    }
  }

  function received(message: Message): Message {
    return emptyIsNone && message.body?.length === 0 ? { ...message, body: null } : message
  }

  function misfit(message: Message): Violation | undefined {
    return emptyIsNone && message.body?.length === 0 ? emptyData : transport.misfit?.(message)
  }

  function read(message: Message, origin: Origin | undefined, options: ReadOptions): CloudEvent {
    const { headers } = message
    const contentType = headerOf(headers, 'content-type')
    const isEnvelope = contentType !== undefined && isStructured(contentType)
    const isBinary = !isEnvelope && headerOf(headers, version) !== undefined
    if (contentType !== undefined && (isEnvelope || isBinary)) checkContentType(message, options)
    if (isEnvelope) return decodeStructured(message, contentType, options)
    if (isBinary) return readBinary(message, options)
    const event = sniffs ? sniff(message.body, contentType, options) : undefined
    if (event === undefined) return readRaw(message, origin, options)
    permit(options.lenient, sniffed)
    return event
  }

  /** The content type decides how all else reads, is found in any case, and may stand once. */
  function checkContentType({ headers, headerValues }: Message, { lenient }: ReadOptions): void {
    const isThere = headers['content-type'] !== undefined
    let others = 0
    for (const header in headers) {
      // Half of all headers have another length, which costs less to see than the name.
      if (header.length !== 12 || header === 'content-type' || header.toLowerCase() !== 'content-type')
        continue
      if (readPlaces.includes(header)) continue
      if (isThere || others++ > 0) permit(lenient, repeated(header, 'datacontenttype'))
      else if (!transport.foldsCase) permit(lenient, otherCase(header, 'datacontenttype'))
    }
    for (const header in headerValues) {
      if (header.toLowerCase() !== 'content-type') continue
      const values = headerValues[header] ?? []
      if (typeof values.at(-1) !== 'string')
        throw new DecodeError(notText('datacontenttype').message, {
          violations: [notText('datacontenttype')],
        })
      if (values.length > 1) permit(lenient, repeated(header, 'datacontenttype'))
    }
  }

  function hasAttributes({ headers }: Message): boolean {
    return Object.keys(headers).some((header) => isNeeded(names.attributeOf(header)?.name ?? ''))
  }

  function encode(
    event: CloudEvent,
    { mode = usualMode, key, headers = nothing }: EncodeOptions = {},
  ): Message {
    if (mode === 'structured') return structured(event, key, headers)
    if (mode !== 'auto' && mode !== 'binary') throw unknownMode(mode, name)
    const all = attributes(event, headers)
    const body = usualBody(event) ?? bodyOf(event, all)
    if (body === null && mode === 'auto' && dataless === 'structured') return structured(event, key, headers)
    const message = { body, headers: all, key }
    const violation = (declares ? ambiguous(event) : undefined) ?? misfit(message)
    if (violation === undefined) return message
    if (mode === 'auto') return structured(event, key, headers)
    throw new InvalidEventError([violation], { adapter: name })
  }

  function bodyOf(event: CloudEvent, headers: Record<string, string>): Uint8Array | null {
    const data = dataOf(event)
    // Read from the JSON format, data without a content type is JSON; a header transport must say so.
    if (data?.form === 'json' && event.datacontenttype === undefined)
      put(headers, 'datacontenttype', 'application/json')
    return data === undefined ? null : data.bytes()
  }

  /** Validates and writes the attributes in one pass: what is usual needs neither rules nor encoding. */
  function attributes(event: CloudEvent, given: Message['headers']): Record<string, string> {
    const usual = usualOf(event)
    const headers = usual ?? {}
    let required = 0
    for (const attribute in event) {
      if (attribute === 'data' || (usual !== undefined && isUsual(attribute))) continue
      const value = ownValue(event, attribute)
      if (value === undefined) continue
      const { header, usual: pattern, isRequired } = names.placeOf(attribute)
      if (isRequired) required++
      if (typeof value === 'string' && pattern?.test(value)) headers[header] = value
      // Throws, but for `data_base64`, which is no attribute.
      else if (attribute === 'data_base64' || !isLegal(attribute, value)) validate(event)
      else put(headers, attribute, canonical(value))
    }
    if (usual === undefined && (required < 4 || Array.isArray(event) || ArrayBuffer.isView(event)))
      validate(event)
    return withForeign(headers, given)
  }

  function put(headers: Record<string, string>, attribute: string, text: string): void {
    const header = names.headerOf(attribute)
    headers[header] = percentEncoded && header !== 'content-type' ? percentEncode(text) : text
    if (attribute === 'datacontenttype')
      for (let i = 1; i < places.length; i++) headers[places[i] ?? header] = text
  }

  function structured(event: CloudEvent, key: string | undefined, headers: Message['headers']): Message {
    const message = { body: encodeJson(event), headers: { ...withForeign({}, headers), ...declared }, key }
    const violation = misfit(message)
    if (violation === undefined) return message
    throw new InvalidEventError([violation], { adapter: name })
  }

  /** Adds what is not the binding's own: passed on from another message, those would be read as the event's. */
  function withForeign(headers: Record<string, string>, given: Message['headers']): Record<string, string> {
    for (const header in given) {
      const isOwn = names.attributeOf(header) !== undefined || own.has(header.toLowerCase())
      const value = given[header]
      if (!isOwn && value !== undefined) headers[header] = value
    }
    return headers
  }

  function annotate(original: Message, attributes: Annotations): Message {
    const message = received(original)
    const { body, headers, headerValues } = message
    if (body !== null && isReadFromBody(message)) return { ...message, body: annotateJson(body, attributes) }
    const added = new Set(Object.keys(attributes).map((attribute) => names.headerOf(attribute)))
    const kept = without(headers, added)
    for (const [attribute, value] of Object.entries(attributes))
      if (value !== undefined) put(kept, attribute, canonical(value))
    return headerValues === undefined
      ? { ...message, headers: kept }
      : { ...message, headers: kept, headerValues: without(headerValues, added) }
  }

  /** True where a reader finds the event, and so what is added to it, in the body. */
  function isReadFromBody(message: Message): boolean {
    const contentType = headerOf(message.headers, 'content-type')
    const options = readOptions(ignore)
    try {
      if (contentType !== undefined && isStructured(contentType))
        return decodeStructured(message, contentType, options) !== undefined
      const isBinary = headerOf(message.headers, version) !== undefined
      return sniffs && !isBinary && sniff(message.body, contentType, options) !== undefined
    } catch {
      return false
    }
  }

  return { name, decode, encode, annotate }
}

const emptyData: Violation = {
  attribute: 'data',
  rule: 'empty-data',
  message: '"data" has no bytes, which an empty body does not say: leave mode "binary" out',
}

/** An event whose data are an event, or another document of that type, would be read as that one. */
function ambiguous({ datacontenttype: type }: CloudEvent): Violation | undefined {
  if (type === undefined || type === 'application/json' || !isStructured(type)) return undefined
  const attribute = 'datacontenttype'
  const message = `"${attribute}" is ${quote(type)}, which says structured mode where a header has it: leave mode "binary" out`
  return { attribute, rule: 'ambiguous', message }
}

/** Any value of an attribute; `undefined` for what is inherited. For loops over `for … in`. */
function ownValue(event: CloudEvent, name: string): unknown {
  // biome-ignore lint/suspicious/noPrototypeBuiltins: inside for-in this costs nothing, Object.hasOwn 8 ns a property
  return Object.prototype.hasOwnProperty.call(event, name) ? event[name] : undefined
}

function isLegal(name: string, value: unknown): value is AttributeValue {
  return checkAttribute(name, value) === undefined
}

function ignore(): void {}

function without<T>(headers: Readonly<Record<string, T>>, names: ReadonlySet<string>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).filter(([header]) => !names.has(header.toLowerCase())))
}

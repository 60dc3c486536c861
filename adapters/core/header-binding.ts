import type { Binding, EncodeOptions } from './binding.ts'
import { attributesOf, attributeValue, canonical, dataOf } from './data.ts'
import { completed, DecodedEvent, setAttribute, undecodable } from './decoded.ts'
import { DecodeError, type Violation } from './errors.ts'
import type { AttributeValue, CloudEvent } from './event.ts'
import { HeaderNames } from './header-names.ts'
import { decodeJson, encodeJson, jsonMediaType } from './json.ts'
import { headerOf, type Message } from './message.ts'
import { quote } from './quote.ts'
import { MAX_VIOLATIONS, validate } from './validate.ts'
import { formOf, WireData } from './wire.ts'

export interface HeaderBindingOptions {
  /** Transport name, as errors show it. */
  readonly name: string
  /** What stands before an attribute's name in a header: `ce_`, `ce-`. */
  readonly prefix: string
}

const structuredType = 'application/cloudevents'
const batchType = 'application/cloudevents-batch'

/**
 * The binding of a transport whose messages have headers: binary mode puts each attribute in a header and the data in
 * the body, structured mode puts a JSON event in the body. `auto` is binary.
 */
export function headerBinding({ name, prefix }: HeaderBindingOptions): Binding {
  const names = new HeaderNames(prefix)
  const version = names.headerOf('specversion')

  function decode(message: Message): CloudEvent {
    const contentType = headerOf(message.headers, 'content-type')
    if (contentType !== undefined && isStructured(contentType)) return decodeStructured(message, contentType)
    if (headerOf(message.headers, version) === undefined) {
      throw new DecodeError(
        `not a CloudEvent: header "${version}" is absent and the content type is ${
          contentType === undefined ? 'absent' : quote(contentType)
        }: send binary or structured CloudEvents`,
        { adapter: name },
      )
    }
    return decodeBinary(message, contentType)
  }

  function decodeStructured(message: Message, contentType: string): CloudEvent {
    const refuse = (what: string) => new DecodeError(what, { adapter: name })
    const type = contentType.trim().toLowerCase()
    if (type.startsWith(batchType))
      throw refuse('a message holds one event, not a batch: send each by itself')
    const format = type.slice(structuredType.length).split(';', 1)[0]?.trim()
    if (format !== '' && format !== '+json')
      throw refuse(`event format ${quote(format ?? '')} is not supported: use JSON`)
    if (message.body === null) throw refuse('a structured CloudEvent has no body: send the event as JSON')
    return decodeJson(message.body)
  }

  function decodeBinary({ headers, body }: Message, contentType: string | undefined): CloudEvent {
    const event = new DecodedEvent(wireOf(body, contentType))
    for (const header in headers) {
      const attribute = names.attributeOf(header)
      if (attribute === undefined) continue
      const isRepeated = names.sawOtherCase && Object.hasOwn(event, attribute)
      if (isRepeated || !setAttribute(event, attribute, headers[header])) throw refused(headers)
    }
    if (contentType !== undefined && !setAttribute(event, 'datacontenttype', contentType))
      throw refused(headers)
    return completed(event) ?? refuse(headers)
  }

  function refuse(headers: Message['headers']): never {
    throw refused(headers)
  }

  function refused(headers: Message['headers']): DecodeError {
    const members: Record<string, unknown> = Object.create(null)
    const more: Violation[] = []
    for (const header of Object.keys(headers)) {
      const attribute = names.attributeOf(header)
      if (attribute === undefined) continue
      if (more.length >= MAX_VIOLATIONS) break
      if (attribute in members) {
        more.push({ attribute, rule: 'once', message: `"${attribute}" stands in two headers: send it once` })
      } else if (attribute === 'data' || attribute === 'data_base64') {
        more.push({
          attribute,
          rule: 'name',
          message: `"${attribute}" is no attribute name: data is the body`,
        })
      } else members[attribute] = headers[header]
    }
    members.datacontenttype = headerOf(headers, 'content-type')
    return undecodable(members, more)
  }

  function encode(event: CloudEvent, { mode = 'auto', key, headers }: EncodeOptions = {}): Message {
    if (mode === 'structured') {
      return {
        body: encodeJson(event),
        headers: { ...foreign(headers ?? {}), 'content-type': jsonMediaType },
        key,
      }
    }
    validate(event)
    const data = dataOf(event)
    const all = headers === undefined ? {} : foreign(headers)
    for (const name in event) {
      const value = attributeValue(event, name)
      if (value !== undefined) all[names.headerOf(name)] = canonical(value)
    }
    // Read from the JSON format, data without a content type is JSON; a header transport must say so.
    if (data?.form === 'json' && event.datacontenttype === undefined) all['content-type'] = 'application/json'
    return { body: data === undefined ? null : data.bytes(), headers: all, key }
  }

  /** Headers that are not the binding's own: passed on from another message, these would be read as the event's. */
  function foreign(headers: Message['headers']): Record<string, string> {
    const own = [`${prefix}datacontenttype`, 'content-type']
    const isOwn = (name: string) => names.attributeOf(name) !== undefined || own.includes(name.toLowerCase())
    return Object.fromEntries(Object.entries(headers).filter(([name]) => !isOwn(name)))
  }

  function annotate(message: Message, attributes: Readonly<Record<string, AttributeValue>>): Message {
    const contentType = headerOf(message.headers, 'content-type')
    if (contentType !== undefined && isStructured(contentType)) {
      const event = decodedOrNot(message)
      if (event !== undefined) {
        const envelope = Object.assign(new DecodedEvent(dataOf(event)), attributesOf(event), attributes)
        const annotated = completed(envelope)
        if (annotated !== undefined) return { ...message, body: encodeJson(annotated) }
      }
    }
    const added = Object.keys(attributes).map((attribute) => names.headerOf(attribute))
    const kept = Object.entries(message.headers).filter(([header]) => !added.includes(header.toLowerCase()))
    const headers = Object.fromEntries(kept)
    for (const [attribute, value] of Object.entries(attributes))
      headers[names.headerOf(attribute)] = canonical(value)
    return { ...message, headers }
  }

  function decodedOrNot(message: Message): CloudEvent | undefined {
    try {
      return decode(message)
    } catch {
      return undefined
    }
  }

  return { name, decode, encode, annotate }
}

function isStructured(contentType: string): boolean {
  return contentType.trimStart().slice(0, structuredType.length).toLowerCase() === structuredType
}

function wireOf(body: Uint8Array | null, contentType: string | undefined): WireData | undefined {
  if (body === null) return undefined
  const form = formOf(contentType)
  return body.length === 0 && form === 'json' ? undefined : WireData.ofBytes(body, form)
}

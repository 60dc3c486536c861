import { completed, DecodedEvent, undecodable } from './decoded.ts'
import type { DecodeError, Violation } from './errors.ts'
import type { CloudEvent } from './event.ts'
import type { HeaderNames } from './header-names.ts'
import type { HeaderTransport } from './header-transport.ts'
import type { ReadOptions } from './json.ts'
import { permit, type Warn } from './leniency.ts'
import { headerOf, type Message } from './message.ts'
import { isPlain, percentDecode, unquote, utf8OfLatin1 } from './percent.ts'
import { quote } from './quote.ts'
import { isNeeded, readAttribute } from './read-attribute.ts'
import { MAX_VIOLATIONS } from './validate.ts'
import { formOf, WireData } from './wire.ts'

export type HeaderReader = (message: Message, options: ReadOptions) => CloudEvent

/** Reads binary mode: attributes from headers, data from the body. Throws `DecodeError` naming every broken rule. */
export function headerReader(transport: HeaderTransport, names: HeaderNames): HeaderReader {
  const {
    prefix,
    contentType = ['content-type'],
    contentTypeFrom: places = contentType,
    foldsCase = false,
    percentEncoded = false,
  } = transport
  const [place = 'content-type', ...others] = places
  const strangePlace = place === 'content-type' ? `${prefix}datacontenttype` : 'content-type'

  function read({ headers, headerValues, body }: Message, options: ReadOptions): CloudEvent {
    const { lenient, strip } = options
    const contentType = contentTypeOf(headers, lenient)
    const event = new DecodedEvent(wireOf(body, contentType))
    const unreadable = headerValues === undefined ? undefined : checkValues(headerValues, lenient)
    let sawOtherCase = false
    for (const header in headers) {
      const attribute = names.attributeOf(header)
      if (attribute === undefined || strip?.has(attribute.name)) continue
      const { name, type, isFolded, usual } = attribute
      if (isFolded && !foldsCase) permit(lenient, otherCase(header, name))
      // Only then can two headers of a message carry the same attribute.
      sawOtherCase ||= isFolded
      if (sawOtherCase && Object.hasOwn(event, name)) permit(lenient, repeated(header, name))
      const value = unreadable?.has(header) ? undefined : headers[header]
      // Nearly every value: neither encoded nor breaking a rule.
      if (typeof value === 'string' && usual?.test(value)) {
        event[name] = value
        continue
      }
      const text = textOf(name, value, lenient)
      if (text === undefined) {
        if (lenient === undefined || isNeeded(name)) throw refused(headers, unreadable)
        const { message } = notText(name)
        lenient({ leniency: 'dropped-attribute', attribute: name, message })
      } else if (!readAttribute(event, name, text, type, lenient)) throw refused(headers, unreadable)
    }
    if (
      contentType !== undefined &&
      !readAttribute(event, 'datacontenttype', contentType, undefined, lenient)
    )
      throw refused(headers, unreadable)
    return completed(event) ?? refuse(headers, unreadable)
  }

  function contentTypeOf(headers: Message['headers'], lenient: Warn | undefined): string | undefined {
    let found = headerOf(headers, place)
    for (const other of others) {
      const also = headerOf(headers, other)
      if (also === undefined || also === found) continue
      if (found !== undefined) permit(lenient, conflict(place, found, other, also))
      else found = also
    }
    if (found === undefined && others.length === 0) {
      found = headerOf(headers, strangePlace)
      if (found === undefined) return undefined
      const message = `the content type stands in "${strangePlace}": send it in "${place}"`
      permit(lenient, { leniency: 'content-type-place', attribute: 'datacontenttype', message })
      return place === 'content-type' ? textOf('datacontenttype', found, lenient) : found
    }
    if (place === 'content-type' && others.length === 0) checkConflict(headers, found, lenient)
    return percentEncoded && place !== 'content-type' ? textOf('datacontenttype', found, lenient) : found
  }

  /** Some senders write the content type as an attribute as well, which is no harm where it is the same. */
  function checkConflict(
    headers: Message['headers'],
    found: string | undefined,
    lenient: Warn | undefined,
  ): void {
    const also = headers[strangePlace]
    if (typeof also !== 'string' || textOf('datacontenttype', also, ignore) === found) return
    permit(lenient, conflict(place, found, strangePlace, also))
  }

  /** The attribute's text; `undefined` where its bytes are no UTF-8. */
  function textOf(
    attribute: string,
    value: string | undefined,
    lenient: Warn | undefined,
  ): string | undefined {
    // Nearly every value, which would not be worth a function to hear of leniencies.
    if (!percentEncoded || typeof value !== 'string' || isPlain(value)) return value
    const bare = transport.quoted ? unquote(value) : value
    return percentDecode(
      transport.latin1 ? utf8OfLatin1(bare) : bare,
      (leniency) =>
        permit(lenient, {
          leniency,
          attribute,
          message: `"${attribute}" is ${quote(value)}: percent-encode it`,
        }),
      bare !== value,
    )
  }

  /** Refuses or permits what one string cannot hold; returns the headers that are no text. */
  function checkValues(
    headerValues: NonNullable<Message['headerValues']>,
    lenient: Warn | undefined,
  ): ReadonlySet<string> {
    const unreadable = new Set<string>()
    for (const header of Object.keys(headerValues)) {
      const folded = header.toLowerCase()
      // The header of every transport is looked at before any mode is known.
      if (folded === 'content-type') continue
      const name = places.includes(folded) ? 'datacontenttype' : names.attributeOf(header)?.name
      if (name === undefined) continue
      const values = headerValues[header] ?? []
      if (values.length > 1) permit(lenient, repeated(header, name))
      if (typeof values.at(-1) !== 'string') unreadable.add(header)
    }
    return unreadable
  }

  function refuse(headers: Message['headers'], unreadable: ReadonlySet<string> | undefined): never {
    throw refused(headers, unreadable)
  }

  function refused(headers: Message['headers'], unreadable: ReadonlySet<string> | undefined): DecodeError {
    const members: Record<string, unknown> = Object.create(null)
    const more: Violation[] = []
    for (const header of Object.keys(headers)) {
      const attribute = names.attributeOf(header)
      if (attribute === undefined) continue
      if (more.length >= MAX_VIOLATIONS) break
      const { name } = attribute
      const text = unreadable?.has(header) ? undefined : textOf(name, headers[header], ignore)
      if (text === undefined) more.push(notText(name))
      else if (name === 'data' || name === 'data_base64')
        more.push({
          attribute: name,
          rule: 'name',
          message: `"${name}" is no attribute name: data is the body`,
        })
      else members[name] = text
    }
    members.datacontenttype = contentTypeOf(headers, ignore)
    return undecodable(members, more)
  }

  return read
}

function ignore(): void {}

/** The leniency of a header in other case than the transport compares by. */
export function otherCase(header: string, attribute: string) {
  const message = `header ${quote(header)} has upper-case letters: write it in lower case`
  return { leniency: 'header-case', attribute, message } as const
}

function conflict(place: string, found: string | undefined, other: string, also: string) {
  const message = `"${place}" is ${quote(found ?? '')} but "${other}" is ${quote(also)}: send the same in both`
  return { leniency: 'content-type-conflict', attribute: 'datacontenttype', message } as const
}

/** The leniency of what may stand once. */
export function repeated(header: string, attribute: string) {
  const message = `"${attribute}" stands in more than one header (${quote(header)}): send it once`
  return { leniency: 'repeated-header', attribute, message } as const
}

/** The broken rule of bytes that are no text. */
export function notText(attribute: string): Violation {
  return { attribute, rule: 'utf-8', message: `"${attribute}" is not UTF-8 text: send it as UTF-8` }
}

function wireOf(body: Uint8Array | null, contentType: string | undefined): WireData | undefined {
  if (body === null) return undefined
  const form = formOf(contentType)
  return body.length === 0 && form === 'json' ? undefined : WireData.ofBytes(body, form)
}

import fc from 'fast-check'
import type { AttributeValue, CloudEvent } from '../../adapters/core/event.ts'
import { anyCodePoint } from './characters.ts'

// Everything here is built from the grammars, never filtered by the code under test.

function codePoints(min: number, max: number): fc.Arbitrary<string> {
  return fc.integer({ min, max }).map((code) => String.fromCodePoint(code))
}

/** Any character that a CloudEvents String may hold. */
export const arbCharacter: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: codePoints(0x20, 0x7e) },
  codePoints(0xa0, 0x24f),
  codePoints(0x2000, 0xd7ff),
  codePoints(0xe000, 0xfdcf),
  codePoints(0xfdf0, 0xfffd),
  fc
    .tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 0, max: 0xfffd }))
    .map(([plane, rest]) => String.fromCodePoint(plane * 0x10000 + rest)),
)

export const arbString: fc.Arbitrary<string> = fc.string({ unit: arbCharacter, maxLength: 40 })
export const arbNonEmptyString: fc.Arbitrary<string> = fc.string({
  unit: arbCharacter,
  minLength: 1,
  maxLength: 40,
})

const STANDARD = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema']
const RESERVED = new Set([...STANDARD, 'data'])

/** Extension names: ordinary, documented, and those that trip JavaScript. */
export const arbExtensionName: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z0-9]{1,25}$/).filter((name) => !RESERVED.has(name)) },
  fc.constantFrom('partitionkey', 'traceparent', 'sequence', 'constructor', 'valueof', 'tojson', 'then', '0'),
)

export const arbInt32: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(0, -(2 ** 31), 2 ** 31 - 1),
)

/** Values that JSON keeps as they are; in headers they become strings. */
export const arbJsonAttribute: fc.Arbitrary<AttributeValue> = fc.oneof(
  { weight: 3, arbitrary: arbString },
  arbInt32,
  fc.boolean(),
)

export const arbAttributeValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  { weight: 4, arbitrary: arbJsonAttribute },
  fc.uint8Array({ maxLength: 24 }),
)

const PCHAR = "abcdefgXYZ0189-._~!$&'()*+,;=@"
const arbSegment = fc.string({
  unit: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...PCHAR) },
    fc.constantFrom('%20', '%C3%A9', '%e2'),
  ),
  maxLength: 10,
})
const arbTail = fc
  .tuple(fc.option(arbSegment, { nil: undefined }), fc.option(arbSegment, { nil: undefined }))
  .map(([query, fragment]) => ({
    query: query === undefined ? '' : `?${query}:/?`,
    fragment: fragment === undefined ? '' : `#${fragment}/?:`,
  }))
const arbPath = fc.array(arbSegment, { maxLength: 4 }).map((segments) => segments.join('/'))
const arbHost = fc.constantFrom(
  'example.com',
  '[::1]',
  '192.0.2.1',
  'user:pw@host:8080',
  '[2001:db8::7]:1',
  'xn--e-x%20',
)

/** RFC 3986 URIs, some with a fragment. */
export const arbUri: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(fc.constantFrom('https', 'urn', 'mailto', 'a+b-c.9'), arbSegment, arbPath, arbTail)
    .map(
      ([scheme, first, path, tail]) =>
        `${scheme}:${first}:/${path}`.replace('://', ':/.//') + tail.query + tail.fragment,
    ),
  fc
    .tuple(fc.constantFrom('https', 'kafka', 'X'), arbHost, arbPath, arbTail)
    .map(([scheme, host, path, tail]) => `${scheme}://${host}/${path}${tail.query}${tail.fragment}`),
)

/** RFC 3986 references, absolute and relative, never empty. */
export const arbUriReference: fc.Arbitrary<string> = fc.oneof(
  arbUri,
  fc
    .tuple(arbSegment, arbPath, arbTail)
    .map(([first, path, tail]) => `.${first}/${path}${tail.query}${tail.fragment}`),
  arbPath.map((path) => `/.${path}`),
  arbHost.map((host) => `//${host}`),
  arbSegment.map((fragment) => `#${fragment}`),
  fc.constantFrom(
    '1-555-123-4567',
    '?',
    '/',
    '//',
    '.',
    'a/b:c',
    'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
  ),
)

function two(number: number): string {
  return String(number).padStart(2, '0')
}

const arbOffset = fc.oneof(
  fc.constantFrom('Z', 'z', '-00:00', '+23:59', '-23:59'),
  fc
    .tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([sign, hours, minutes]) => `${sign}${two(hours)}:${two(minutes)}`),
)

/** RFC 3339 timestamps: any offset, any number of fraction digits, leap days. */
export const arbTimestamp: fc.Arbitrary<string> = fc
  .record({
    date: fc
      .date({
        min: new Date('0000-01-01T00:00:00Z'),
        max: new Date('9999-12-31T23:59:59Z'),
        noInvalidDate: true,
      })
      .map((date) => date.toISOString()),
    t: fc.constantFrom('T', 't'),
    fraction: fc.option(fc.stringMatching(/^\.[0-9]{1,12}$/), { nil: '' }),
    offset: arbOffset,
  })
  .map(({ date, t, fraction, offset }) => `${date.slice(0, 10)}${t}${date.slice(11, 19)}${fraction}${offset}`)

const arbToken = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}$/)
const arbParameter = fc.oneof(
  fc.tuple(arbToken, arbToken).map(([name, value]) => `${name}=${value}`),
  fc
    .tuple(arbToken, fc.string({ unit: 'grapheme-ascii', maxLength: 12 }))
    .map(([name, value]) => `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`),
  fc.constant(''),
)

export const arbMediaType: fc.Arbitrary<string> = fc
  .tuple(
    arbToken,
    arbToken,
    fc.array(fc.tuple(fc.constantFrom(';', '; ', ' ;', '  ;  '), arbParameter), { maxLength: 3 }),
  )
  .map(([type, subtype, parameters]) => `${type}/${subtype}${parameters.flat().join('')}`)

/** JSON values as `JSON.parse` gives them and `JSON.stringify` keeps them, `null` and plain strings included. */
export const arbJson: fc.Arbitrary<unknown> = fc
  .oneof(
    fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
    fc.constantFrom(null, '', '{}', 'null', 0, false),
  )
  .map((value): unknown => JSON.parse(JSON.stringify(value)))

/** Data with the content type that says how they read: JSON, text, bytes, or a content type with no data. */
export const arbData: fc.Arbitrary<Pick<CloudEvent, 'data' | 'datacontenttype'>> = fc.oneof(
  fc.record({
    datacontenttype: fc.constantFrom(
      'application/json',
      'application/JSON; charset=utf-8',
      'application/geo+json',
    ),
    data: arbJson,
  }),
  fc.record({
    datacontenttype: fc.constantFrom(
      'text/plain',
      'Text/CSV;header=present',
      'application/xml',
      'image/svg+xml',
    ),
    data: fc.string({ unit: anyCodePoint, maxLength: 60 }),
  }),
  fc.record({
    datacontenttype: fc.constantFrom('application/octet-stream', 'image/png', 'application/vnd.apache.avro'),
    data: fc.uint8Array({ maxLength: 60 }),
  }),
  fc.record({ data: fc.uint8Array({ maxLength: 60 }) }),
  arbMediaType.map((datacontenttype) => ({ datacontenttype })),
  fc.constant({}),
)

/**
 * Valid CloudEvents with any standard attributes, up to five extensions, and any data. JSON and text data come with their
 * content type, so that a round trip has nothing to add. Binary attributes turn into base64 on the wire: pass
 * `arbJsonAttribute` or `arbString` where the values must come back as they were.
 */
export function arbEvent(
  extensionValue: fc.Arbitrary<AttributeValue> = arbAttributeValue,
): fc.Arbitrary<CloudEvent> {
  const attributes = fc.record(
    {
      specversion: fc.constant('1.0'),
      id: arbNonEmptyString,
      source: arbUriReference,
      type: arbNonEmptyString,
      subject: arbNonEmptyString,
      time: arbTimestamp,
      dataschema: arbUri,
    },
    { requiredKeys: ['specversion', 'id', 'source', 'type'] },
  )
  const extensions = fc.dictionary(arbExtensionName, extensionValue, { maxKeys: 5, noNullPrototype: true })
  return fc
    .tuple(attributes, arbData, extensions)
    .map(([standard, data, extra]): CloudEvent => ({ ...extra, ...standard, ...data }))
}

/** Bodies that a reader may meet: noise, JSON of every kind, events, batches, and events that were cut or damaged. */
export const arbMessageBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  arbJson.map((value) => bytesOf(value)),
  arbEvent(arbJsonAttribute).map((event) => bytesOf(event)),
  fc.array(arbEvent(arbJsonAttribute), { maxLength: 3 }).map((events) => bytesOf(events)),
  fc
    .tuple(arbEvent(arbJsonAttribute), fc.nat(), fc.nat(255), fc.boolean())
    .map(([event, place, byte, cut]) => {
      const bytes = bytesOf(event)
      const index = place % bytes.length
      if (cut) return bytes.slice(0, index)
      bytes[index] = byte
      return bytes
    }),
)

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

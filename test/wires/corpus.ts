import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { dataOf } from '../../adapters/core/data.ts'
import { decodeJson } from '../../adapters/core/json.ts'
import { violationsOf } from '../../adapters/core/validate.ts'
import { type CloudEvent, InvalidEventError, type Message } from '../../adapters/index.ts'
import { arbEvent, arbString } from '../core/arbitraries.ts'
import { bytesOf, envelope } from '../core/events.ts'
import { eventOf, messageOf, type Vectors } from '../vectors/vector.ts'

const folder = new URL('../vectors/', import.meta.url)

function vectorFiles(): readonly Vectors[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return files.map((file): Vectors => JSON.parse(readFileSync(new URL(file, folder), 'utf8')))
}

/** Every event of the vectors that is valid: what messages are read as, and what is written; raw ones are events too. */
export function vectorEvents(): CloudEvent[] {
  return vectorFiles().flatMap(({ decode, encode }) =>
    [...decode, ...encode]
      .flatMap(({ event, events }) => [...(event === undefined ? [] : [event]), ...(events ?? [])])
      .map(eventOf)
      .filter((event) => violationsOf(event).length === 0 && isEncodable(event)),
  )
}

/** The messages of one binding's vectors: those that are refused too. */
export function vectorMessages(binding: string): Message[] {
  return vectorFiles()
    .filter((file) => file.binding === binding)
    .flatMap(({ decode, encode }) => [...decode, ...encode])
    .flatMap(({ message }) => (message === undefined ? [] : [messageOf(message)]))
}

/** The same events at every run. */
export function sampledEvents(count: number, seed: number): CloudEvent[] {
  return fc.sample(fc.oneof({ weight: 4, arbitrary: arbEvent() }, arbTypedEvent, arbPaddedEvent), {
    numRuns: count,
    seed,
  })
}

const arbInt = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const arbBytes = fc.uint8Array({ maxLength: 40 })

/** Documented extensions with values of their types. */
const arbTypedEvent: fc.Arbitrary<CloudEvent> = fc
  .tuple(
    arbEvent(),
    fc.record(
      {
        partitionkey: arbString,
        sequence: fc.constantFrom('0001', '1', '-0', ''),
        sampledrate: arbInt,
        severitynumber: arbInt,
        deprecated: fc.boolean(),
        dssematerial: arbBytes,
        expirytime: fc.constantFrom('2026-01-31T12:00:00.123456789+02:00', '2026-01-31t12:00:00z'),
        dataref: fc.constantFrom('https://example.com/a%20b?c#d', '../relative', ''),
        deprecationmigration: fc.constantFrom('https://example.com/new', 'urn:a:b'),
        bamptxcompleted: fc.boolean(),
        opcuastatus: fc.constantFrom(0, -(2 ** 31), 2 ** 31 - 1),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([event, extensions]) => ({ ...event, ...extensions }))

const awkwardTexts = [
  ' leading',
  'trailing ',
  '   ',
  '%',
  '%%',
  '100%',
  '%zz',
  '%41',
  '%C0%A0',
  '%e2%82%ac',
  '"',
  '""',
  '"quoted"',
  '\\"',
  '"\\',
  "'",
  ',',
  'a, b',
  ';',
  '=?utf-8?q?x?=',
  'null',
  'true',
  '007',
  '1e3',
  '-0',
  'NaN',
  'undefined',
  '[object Object]',
  '__proto__',
  'constructor',
  '\u00a0',
  '\u2028\u2029',
  '\u200b\u200e\ufeff',
  'e\u0301',
  '\u00e9',
  'ﷺ',
  '😀👩‍👩‍👧',
  '\u{10fffd}',
  '\ufffd',
  'שלום',
  '<script>',
] as const

/** Texts that one transport or the other could trim, decode or unquote once too often. */
const arbPaddedEvent: fc.Arbitrary<CloudEvent> = fc
  .tuple(
    arbEvent(),
    fc.constantFrom(...awkwardTexts),
    fc.constantFrom(...awkwardTexts),
    fc.constantFrom('id', 'type', 'subject', 'partitionkey', 'traceparent', 'x', 'cedatacontenttype'),
    fc.constantFrom('y', 'correlationid', 'authclaims', 'contenttype', 'natsmsgid'),
  )
  .map(([event, first, second, name, other]) => ({ ...event, [name]: first, [other]: `${second}${first}` }))

const base: CloudEvent = { specversion: '1.0', id: '1', source: '/orders', type: 'placed' }

/** Data and content types one by one. */
export function awkwardEvents(): CloudEvent[] {
  return [
    ...awkwardTexts.map((text) => ({ ...base, id: text, type: text, subject: text, x: text, data: text })),
    ...awkwardTexts.map((data) => ({ ...base, datacontenttype: 'text/plain', data })),
    ...datas.map((data) => ({ ...base, ...data })),
    ...contentTypes.flatMap((datacontenttype) => [
      { ...base, datacontenttype },
      { ...base, datacontenttype, data: bytesOf('{"a":1}') },
      { ...base, datacontenttype, data: new Uint8Array([0xff, 0, 0x80]) },
      { ...base, datacontenttype, data: new Uint8Array() },
    ]),
    ...members.map((text) => decodeJson(bytesOf(envelope(text)))),
    { ...base, empty: '', zero: 0, minus: -1, no: false, yes: true, none: new Uint8Array() },
    { ...base, source: '#fragment', long: 'x'.repeat(2_000), data: 'long' },
    { ...base, long: 'é'.repeat(600) },
    { ...base, ['n'.repeat(300)]: 'a long name', data: 1 },
    Object.assign(
      { ...base },
      Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`x${i}`, String(i)])),
    ),
  ]
}

const datas: readonly Partial<CloudEvent>[] = [
  { data: null },
  { data: '' },
  { data: 'a JSON string' },
  { data: '{"not":"parsed twice"}' },
  { data: 0 },
  { data: false },
  { data: [] },
  { data: {} },
  { data: new Uint8Array() },
  { data: new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]) },
  { data_base64: 'AAEC' },
  { data_base64: '' },
  { data_base64: 'AAEC', datacontenttype: 'application/json' },
  { datacontenttype: 'application/json', data: null },
  { datacontenttype: 'application/json', data: '' },
  { datacontenttype: 'application/json', data: bytesOf(' {"a" : 9007199254740993}\r\n') },
  { datacontenttype: 'application/json', data: bytesOf('{"a":1,"a":2}') },
  { datacontenttype: 'application/json', data: bytesOf('\ufeff{}') },
  { datacontenttype: 'application/json', data: bytesOf('{"cut":') },
  { datacontenttype: 'application/json', data: { __proto__: null, constructor: 1 } },
  { datacontenttype: 'text/plain', data: '' },
  { datacontenttype: 'text/plain', data: '\ufeffwith a mark' },
  { datacontenttype: 'text/plain', data: '\u0000\u001f\r\n' },
  { datacontenttype: 'text/plain; charset=iso-8859-1', data: new Uint8Array([0xe9]) },
  { datacontenttype: 'application/octet-stream', data: 'a string all the same' },
]

/** Data as they stand in an envelope that another sender wrote. */
const members = [
  '"data":9007199254740993',
  '"data":{"n":12345678901234567890.10}',
  '"data":{"a":1,"a":2}',
  '"data": [ 1 ,\r\n 2 ] ',
  '"data":"\\u00e9\\ud800"',
  '"data":null',
  '"data":-0',
  '"data":1E400',
  '"datacontenttype":"application/json","data":"text"',
  '"datacontenttype":"text/plain","data":"text"',
  '"datacontenttype":"image/png","data_base64":"AAEC"',
  '"data_base64":"e30="',
  '"data_base64":null',
  '"data":{"__proto__":1,"constructor":{"prototype":1}}',
  '"deprecated":true,"severitynumber":9,"dssematerial":"AAEC"',
  '"x":5,"y":true,"z":null',
]

const contentTypes = [
  'application/json',
  'application/JSON; charset=utf-8',
  'application/json;charset="utf-8"',
  'application/problem+json; profile="a \\"b\\""',
  'application/cloudevents+json',
  'application/cloudevents+json; charset=utf-8',
  'application/cloudevents-batch+json',
  'application/cloudevents',
  'text/plain',
  'text/plain;charset=utf-8',
  'text/plain; charset=iso-8859-1',
  'text/plain; charset=utf-16',
  'text/plain;x="100%"',
  'text/plain;x=%41',
  'text/plain; ',
  'multipart/mixed; boundary="a, b; c"',
  'application/x-www-form-urlencoded',
  'application/octet-stream',
  'image/svg+xml',
  "x!#$%&'*+/y.^_`|~",
] as const

/** A vector may hold an event whose data nobody can write, to be refused. */
function isEncodable(event: CloudEvent): boolean {
  try {
    dataOf(event)
    return true
  } catch (error) {
    if (error instanceof InvalidEventError) return false
    throw error
  }
}

import type { Message, Origin } from '../../adapters/index.ts'
import { bytesOf, textOf } from '../core/events.ts'
import type { Random } from './random.ts'

/** A message as a careless driver could hand it over: its headers may hold anything. */
type Headers = Record<string, unknown>

const attributes = [
  ...['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema', 'data'],
  ...['data_base64', 'partitionkey', 'traceparent', 'severitynumber', 'deprecated', 'dssematerial', 'x'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'tostring', 'valueOf', 'hasOwnProperty', 'toJSON'],
  ...['then', 'length', '0', '', 'é', 'a'.repeat(70), 'A', 'a-b', '__defineGetter__'],
]
const prefixes = ['ce-', 'ce_', 'CE-', 'Ce_', 'ce', 'cloudEvents_', '']
const otherHeaders = [
  ...['content-type', 'Content-Type', 'CONTENT-TYPE', 'ce-datacontenttype', 'ce_datacontenttype'],
  ...['Nats-Msg-Id', 'nats-msg-id', 'googclient_deliveryattempt', '__proto__', 'constructor', 'toString'],
  ...['x-goog-pubsub-message-id', 'content-length', 'ce-', 'ce_', 'traceparent'],
]

const texts = [
  ...[
    '',
    ' ',
    '1',
    '1.0',
    '0.3',
    '/',
    '/orders',
    'application/json',
    'text/plain',
    'null',
    'true',
    '[]',
    '{}',
  ],
  ...[
    'application/cloudevents+json',
    ' Application/CloudEvents+JSON ; charset=utf-8',
    'application/cloudevents',
  ],
  ...[
    'application/cloudevents-batch+json',
    'application/cloudevents+avro',
    'application/cloudevents+json;;;=',
  ],
  ...[
    'application/cloudevents+json; charset=utf-16',
    'application/json; charset="',
    'text/plain;charset=latin1',
  ],
  ...[
    '%',
    '%%%',
    '%4',
    '%zz',
    '%41',
    '%C0%A0',
    '%ED%A0%80',
    '%F0%9F%98%80',
    '%00',
    '%0d%0a',
    '%22',
    'a%',
    '%E2%82',
  ],
  ...['"', '""', '"a"', '"a', 'a"', '"\\', '"\\"', '"a\\"b"', '"%41"', '"a"b"', '\\'],
  ...[
    '\u0000',
    '\u001f',
    '\u007f',
    '\u0085',
    '\ud800',
    '\udc00',
    'a\ud83d',
    '\ufffe',
    '\ufdd0',
    '\u{1ffff}',
    '\ufeff',
  ],
  ...['é', '€', '😀', '\u00c3\u00a9', '\u00ff', '\r\n', 'a\nb', '\t', '\u2028'],
  ...[
    '2147483647',
    '2147483648',
    '-0',
    '007',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '9007199254740993',
    '-2147483649',
  ],
  ...[
    '2026-01-31T12:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-01-31',
    '1234567890',
    'http://',
    '://',
    'a:b',
    '#',
    'urn:',
  ],
  ...['AAEC', 'AAE', 'AAEC=', '_-==', '__proto__', 'constructor', 'toString', '[object Object]', 'undefined'],
  ...[
    'x'.repeat(300),
    '%'.repeat(700),
    '%41'.repeat(400),
    '"\\'.repeat(300),
    'é'.repeat(600),
    '{'.repeat(300),
  ],
] as const

/** What no header can hold, but what a driver without types could leave there. */
const wrongValues = [
  undefined,
  null,
  0,
  5,
  Number.NaN,
  true,
  {},
  [],
  ['a'],
  () => 'a',
  Symbol('a'),
  new Date(0),
]

const members = [
  ...[
    '"__proto__":1',
    '"__proto__":{"type":"x"}',
    '"constructor":{"prototype":{"polluted":1}}',
    '"toString":"x"',
  ],
  ...['"id":""', '"id":null', '"id":5', '"id":{}', '"id":"1"', '"specversion":"1.0"', '"specversion":1.0'],
  ...['"specversion":"0.3"', '"type":[]', '"source":"a b"', '"source":"/"', '"time":"soon"', '"time":null'],
  ...[
    '"data":null',
    '"data":"x"',
    '"data":{"__proto__":{"polluted":1}}',
    '"data":[1,2]',
    '"data":1e999',
    '"data":""',
  ],
  ...[
    '"data_base64":"AAEC"',
    '"data_base64":"?"',
    '"data_base64":null',
    '"data_base64":5',
    '"data":undefined',
  ],
  ...['"datacontenttype":"text/plain"', '"datacontenttype":"application/json"', '"datacontenttype":"x"'],
  ...[
    '"datacontenttype":null',
    '"datacontenttype":7',
    '"x":2147483648',
    '"x":1.5',
    '"x":true',
    '"x":[]',
    '"x":{}',
  ],
  ...[
    '"severitynumber":"9"',
    '"severitynumber":"nine"',
    '"dssematerial":"AAEC"',
    '"deprecated":"true"',
    '"X":1',
  ],
  ...[
    '"\\u0069d":"escaped"',
    '"d\\u0061ta":[0]',
    '"":1',
    '"x":"\\ud800"',
    '"x":"\\u0000"',
    '"é":1',
    '"x":"%41"',
  ],
  ...[`"data":${'['.repeat(200)}${']'.repeat(200)}`, `"x":${'['.repeat(200)}`, '"x":"a","x":"b"'],
]

/** One message made of another by one to four changes. */
export function mutated(message: Message, random: Random): Message {
  let { body, key, headerValues } = message
  let headers: Headers = { ...message.headers }
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    const kind = random.below(10)
    if (kind < 4) body = mutatedBody(body, random)
    else if (kind < 8) headers = mutatedHeaders(headers, random)
    else if (kind === 8) headerValues = mutatedValues(headerValues, headers, random)
    else key = random.pick([undefined, '', ...texts])
  }
  const given = headerValues === undefined ? { body, headers, key } : { body, headers, key, headerValues }
  // Wrong on purpose: the compiler cannot keep an application's own driver from this.
  return given as Message
}

/** A message of nothing but noise. */
export function noise(random: Random): Message {
  const body = random.chance(0.1) ? null : random.bytes(random.below(60))
  const headers: Record<string, string> = {}
  for (let count = random.below(6); count > 0; count--) headers[headerName(random)] = text(random)
  return { body, headers, key: random.chance(0.5) ? text(random) : undefined }
}

const positions = ['0', '42', 'ORDERS:42', '', '\ud800', '%', 'a b', '__proto__', undefined] as const
const times = [
  0,
  1_767_225_600_000,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  8.64e15,
  9e15,
  undefined,
] as const

/** Where a message came from: as it should be, or with holes and odd texts. */
export function originOf(random: Random): Origin | undefined {
  if (random.chance(0.05)) return undefined
  if (random.chance(0.7))
    return { topic: 'orders', lane: '3', position: String(random.below(1_000)), time: 1_767_225_600_000 }
  const topic = random.pick(['orders', 'a/b', 'projects/p/topics/t', '', ...texts])
  return { topic, lane: random.pick(positions), position: random.pick(positions), time: random.pick(times) }
}

/** Bytes that were cut, flipped, replaced or, where they are JSON, given one more member. */
export function mutatedBody(body: Uint8Array | null, random: Random): Uint8Array | null {
  if (body === null || body.length === 0)
    return random.chance(0.5) ? random.bytes(random.below(20)) : bytesOf('{}')
  switch (random.below(9)) {
    case 0:
      return null
    case 1:
      return new Uint8Array()
    case 2:
      return body.slice(0, random.below(body.length))
    case 3:
      return body.slice(random.below(body.length))
    case 4: {
      const flipped = Uint8Array.from(body)
      const index = random.below(flipped.length)
      flipped[index] = (flipped[index] ?? 0) ^ (1 << random.below(8))
      return flipped
    }
    case 5:
      return bytesOf(random.pick(['\ufeff', ' \r\n', '[', 'x', '{"a":']) + textOf(body))
    case 6:
      return bytesOf(random.pick(texts))
    default:
      return withMember(textOf(body), random)
  }
}

/** JSON with one more member, in front or behind, so that it replaces one or is replaced. */
function withMember(json: string, random: Random): Uint8Array {
  const open = json.indexOf('{')
  const close = json.lastIndexOf('}')
  if (open === -1 || close <= open) return bytesOf(`{${random.pick(members)}}`)
  const isEmpty = json.slice(open + 1, close).trim() === ''
  const member = random.pick(members)
  if (isEmpty) return bytesOf(`${json.slice(0, open + 1)}${member}${json.slice(close)}`)
  if (random.chance(0.5)) return bytesOf(`${json.slice(0, open + 1)}${member},${json.slice(open + 1)}`)
  return bytesOf(`${json.slice(0, close)},${member}${json.slice(close)}`)
}

function mutatedHeaders(headers: Headers, random: Random): Headers {
  const names = Object.keys(headers)
  const name = names.length === 0 ? headerName(random) : random.pick(names)
  const value = headers[name]
  switch (random.below(8)) {
    case 0:
      return without(headers, name)
    case 1:
      return withHeader(without(headers, name), headerName(random), value)
    case 2:
      return withHeader(headers, random.chance(0.5) ? name.toUpperCase() : titled(name), value)
    case 3:
      return { ...headers, [name]: damaged(typeof value === 'string' ? value : '', random) }
    case 4:
      return { ...headers, [name]: random.chance(0.15) ? random.pick(wrongValues) : text(random) }
    case 5:
      return withHeader(headers, headerName(random), text(random))
    case 6:
      return Object.fromEntries(random.shuffled(Object.entries(headers)))
    default:
      return { ...headers, [random.pick(otherHeaders)]: text(random) }
  }
}

function without(headers: Headers, name: string): Headers {
  const { [name]: _, ...others } = headers
  return others
}

/** `__proto__` becomes a member, as `JSON.parse` makes it, and not the prototype. */
function withHeader(headers: Headers, name: string, value: unknown): Headers {
  return name === '__proto__'
    ? Object.fromEntries([...Object.entries(headers), [name, value]])
    : { ...headers, [name]: value }
}

type Values = NonNullable<Message['headerValues']>

function mutatedValues(values: Values | undefined, headers: Headers, random: Random): Values | undefined {
  if (random.chance(0.1)) return undefined
  const name = random.chance(0.8) ? random.pick([...Object.keys(headers), 'ce-id']) : headerName(random)
  const all = Array.from({ length: random.below(4) }, () =>
    random.chance(0.7) ? text(random) : random.bytes(4),
  )
  return Object.fromEntries([...Object.entries(values ?? {}), [name, all]])
}

export function headerName(random: Random): string {
  return random.chance(0.3) ? random.pick(otherHeaders) : random.pick(prefixes) + random.pick(attributes)
}

export function text(random: Random): string {
  if (random.chance(0.8)) return random.pick(texts)
  return String.fromCharCode(...Array.from({ length: random.below(12) }, () => random.below(0x10000)))
}

function damaged(value: string, random: Random): string {
  const index = random.below(value.length + 1)
  switch (random.below(4)) {
    case 0:
      return value.slice(0, index)
    case 1:
      return `${value.slice(0, index)}${text(random)}${value.slice(index)}`
    case 2:
      return `${value.slice(0, index)}${String.fromCharCode(random.below(256))}${value.slice(index + 1)}`
    default:
      return `"${value}"`
  }
}

function titled(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1)
}

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  isAttributeName,
  isBase64,
  isCloudEventsString,
  isInt32,
  isJsonMediaType,
  isMediaType,
  isTextMediaType,
  isTimestamp,
  isUri,
  isUriReference,
} from '../../adapters/core/rules.ts'
import {
  arbExtensionName,
  arbMediaType,
  arbString,
  arbTimestamp,
  arbUri,
  arbUriReference,
} from './arbitraries.ts'

type Predicate = (text: string) => boolean

const long = 'a'.repeat(300)

const uris = [
  'https://example.com',
  'https://example.com/',
  'HTTPS://EXAMPLE.COM/%7Efoo/%E2%82%AC',
  'https://user:pa%20ss@example.com:8080/a;b=c/d?x=1&y=/?#frag?/',
  'https://example.com/order.json#/definitions/line',
  'http://[::1]/',
  'http://[2001:db8:85a3::8a2e:370:7334]:80/x',
  'http://[1:2:3:4:5:6:7:8]',
  'http://[1:2:3:4:5:6:192.0.2.1]',
  'http://[::ffff:192.0.2.255]',
  'http://[1:2:3:4:5:6:7::]',
  'http://[v1.fe80:a+b]',
  'http://',
  'http:///path',
  'file:///etc/hosts',
  'http://example.com:',
  'http://999.999.999.999/',
  'http://a%41b/',
  'http:/x',
  'http:x',
  'a:',
  'a:b:c:d',
  'a1+-.:x',
  'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
  'mailto:cncf-wg-serverless@lists.cncf.io',
  'tel:+1-816-555-1212',
  'tag:example.com,2026:a',
  'arn:aws:kinesis:eu-central-1:123456789012:stream/orders',
  'a:?#',
  `urn:${long}`,
]
const relative = [
  '/',
  '//',
  '//pubsub.googleapis.com/projects/p/topics/t',
  '//host:80?q',
  '///x',
  '/cloudevents/spec/pull/123',
  '/a:b',
  './a:b',
  'a/b:c',
  'a?b:c',
  'a#b:c',
  '1-555-123-4567',
  '#fragment',
  '#',
  '?',
  '?a=b?c',
  '.',
  '..',
  '../x',
  'orders',
  '%41',
  "!$&'()*+,;=@-._~",
]
const notReferences = [
  '',
  ' ',
  '/a b',
  ' /a',
  '/a ',
  '/a\n',
  '/é',
  '/\u0000',
  '/a%',
  '/a%2',
  '/a%2g',
  '/a%g2',
  '/%%20',
  '#a#b',
  '#a%',
  '?a^b',
  '?"',
  '/<a>',
  '/a\\b',
  '/a|b',
  '/{a}',
  '/`',
  '/[a]',
  '/a]',
  ':a',
  '1:a',
  '1-555:123',
  'a b:c',
  'ä:b',
  '%41:b',
  'http://a b',
  'http://a@b@c',
  'http://a:b:c',
  'http://a:80a/',
  'http://a:-1/',
  'http://[::1',
  'http://::1]/',
  'http://[::1]x/',
  'http://[]/',
  'http://[:]/',
  'http://[:::]/',
  'http://[1]/',
  'http://[1::2::3]/',
  'http://[12345::]/',
  'http://[g::]/',
  'http://[1:2:3:4:5:6:7:8:9]/',
  'http://[1:2:3:4:5:6:7:8::]/',
  'http://[1:2:3:4:5:6:7]/',
  'http://[192.0.2.1::]/',
  'http://[::256.0.0.1]/',
  'http://[::1.2.3]/',
  'http://[::1.2.3.4.]/',
  'http://[::01.2.3.4]/',
  'http://[fe80::1%25eth0]/',
  'http://[v.x]/',
  'http://[vg.x]/',
  'http://[v1.]/',
  'http://user[@host/',
  'http://a%/',
  'http://a%4/',
  'http://user%@host/',
  `/${long} `,
]

const tables: readonly {
  readonly name: string
  readonly holds: Predicate
  readonly valid: readonly string[]
  readonly invalid: readonly string[]
}[] = [
  {
    name: 'isAttributeName',
    holds: isAttributeName,
    valid: [
      'a',
      '0',
      '1st',
      'id',
      'constructor',
      'data1',
      'mydata',
      'abcdefghijklmnopqrstuvwxyz0123456789',
      'opcuametadatamajorversion',
      long,
    ],
    invalid: [
      '',
      'A',
      'aB',
      'a_b',
      'a-b',
      'a.b',
      'a b',
      ' a',
      'é',
      'ß',
      'a\u0000',
      'a\n',
      '\u0661',
      '\uff41',
      '__proto__',
    ].concat(['hasOwnProperty', 'data', 'data_base64', '`a', 'a{', '/0', '0:', `${long}A`]),
  },
  {
    name: 'isCloudEventsString',
    holds: isCloudEventsString,
    valid: [
      '',
      ' ',
      '~',
      'ü',
      '\u00a0',
      '\ud7ff',
      '\ue000',
      '\ufdcf',
      '\ufdf0',
      '\ufffd',
      '\ufeff',
      '€uro',
      '日本',
    ]
      .concat([
        '😀',
        '\u{10000}',
        '\u{1fffd}',
        '\u{20000}',
        '\u{10fffd}',
        '\ud800\udead',
        '\ud83f\udffd',
        '\u2028',
        '\u202e',
      ])
      .concat([long, `${long}é😀`]),
    invalid: [
      '\u0000',
      '\t',
      '\n',
      '\r',
      'a\u001f',
      '\u007f',
      '\u0080',
      '\u0085',
      'a\u009f',
      'é\u0007',
      'é\u007f',
    ]
      .concat([
        '\ud800',
        'a\udbff',
        '\udc00',
        '\udfff',
        'a\ud83da',
        '\ude00\ud83d',
        '\ud83d\ud83d\ude00',
        '\ud83d\ue000',
      ])
      .concat([
        '\ufdd0',
        '\ufdef',
        '\ufffe',
        '\uffff',
        '\u{1fffe}',
        '\u{1ffff}',
        '\u{2fffe}',
        '\u{10fffe}',
        '\u{10ffff}',
      ])
      .concat([`${long}\u0000`, `é${long}\u009f`]),
  },
  { name: 'isUri', holds: isUri, valid: uris, invalid: [...notReferences, ...relative] },
  { name: 'isUriReference', holds: isUriReference, valid: [...uris, ...relative], invalid: notReferences },
  {
    name: 'isTimestamp',
    holds: isTimestamp,
    valid: [
      '2026-01-31T12:00:00Z',
      '2026-01-31t12:00:00z',
      '2018-04-05T17:31:00.1+01:30',
      '2020-01-01T00:00:00.123456789+02:00',
      `2020-01-01T00:00:00.${'9'.repeat(300)}Z`,
      '0000-01-01T00:00:00Z',
      '0000-02-29T00:00:00Z',
      '9999-12-31T23:59:59Z',
      '2000-02-29T00:00:00Z',
      '2024-02-29T00:00:00Z',
      '2026-04-30T00:00:00-00:00',
      '2026-12-31T00:00:00+23:59',
      '2026-12-31T00:00:00-23:59',
      '2016-12-31T23:59:60Z',
      '2016-12-31T23:59:60.5Z',
      '2017-01-01T00:59:60+01:00',
      '2016-12-31T15:59:60-08:00',
      '2016-12-31T00:00:60+00:01',
      '1937-01-01T12:00:27.87+00:20',
    ],
    invalid: [
      '',
      'yesterday',
      '2026',
      '2026-01-31',
      '12:00:00Z',
      '2026-01-31T12:00:00',
      '2026-01-31T12:00Z',
      '2026-01-31 12:00:00Z',
      '2026-01-31T12:00:00 Z',
      '2026-01-31T12:00:00Z ',
      ' 2026-01-31T12:00:00Z',
      '2026-01-31T12:00:00Z\n',
      '2026-01-31T12:00:00ZZ',
      '2026-01-31T12:00:00.Z',
      '2026-01-31T12:00:00.',
      '2026-01-31T12:00:00,5Z',
      '2026-01-31T12:00:00.5',
      '2026-01-31T12:00:00.5.5Z',
      '2026-01-31T12:00:00+01',
      '2026-01-31T12:00:00+0100',
      '2026-01-31T12:00:00+1:00',
      '2026-01-31T12:00:00+01:0',
      '2026-01-31T12:00:00+01.00',
      '2026-01-31T12:00:00+24:00',
      '2026-01-31T12:00:00-24:00',
      '2026-01-31T12:00:00+00:60',
      '2026-01-31T12:00:00+-1:00',
      '2026-01-31T12:00:00\u221201:00',
      '2026-01-31T12:00:00+01:00:00',
      '2026-01-31T12:00:00UTC',
      '2026-01-31T24:00:00Z',
      '2026-01-31T12:60:00Z',
      '2026-01-31T12:00:61Z',
      '2026-01-31T12:00:60Z',
      '2016-12-31T23:59:60+01:00',
      '2016-12-31T00:00:60-00:01',
      '2026-00-01T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-00T00:00:00Z',
      '2026-01-32T00:00:00Z',
      '2026-04-31T00:00:00Z',
      '2026-06-31T00:00:00Z',
      '2026-09-31T00:00:00Z',
      '2026-11-31T00:00:00Z',
      '2026-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2100-02-29T00:00:00Z',
      '2024-02-30T00:00:00Z',
      '26-01-31T12:00:00Z',
      '12026-01-31T12:00:00Z',
      '+2026-01-31T12:00:00Z',
      '-2026-01-31T12:00:00Z',
      '2026-1-31T12:00:00Z',
      '2026/01/31T12:00:00Z',
      '2026-01/31T12:00:00Z',
      '2026-01-31T12.00:00Z',
      '2026-01-31T12:00.00Z',
      '20a6-01-31T12:00:00Z',
      '2026-0x-31T12:00:00Z',
      '2026-01-31T1 :00:00Z',
      '２０２６-01-31T12:00:00Z',
      '20260131T120000Z',
      '2026-W05-6T12:00:00Z',
      '1769860800',
    ],
  },
  {
    name: 'isMediaType',
    holds: isMediaType,
    valid: [
      'application/json',
      'APPLICATION/JSON',
      'text/plain;charset=utf-8',
      'text/plain; charset=utf-8',
      'text/plain ; charset=utf-8',
      'text/plain;   charset="utf-8"',
      'text/plain;',
      'text/plain; ',
      'text/plain;;a=b;',
      'multipart/mixed; boundary="a;b,c \\"d\\" \\\\"; x=1',
      'application/x; a=""',
      'application/vnd.example.order.v1+json',
      "a!#$%&'*+-.^_`|~/b",
      '*/*',
      `application/json; x=${long}`,
    ],
    invalid: [
      '',
      'json',
      '/',
      'application/',
      '/json',
      'application//json',
      'application/json/x',
      ' application/json',
      'application/json ',
      'application /json',
      'application/ json',
      'application/json,text/plain',
      'application/json charset=utf-8',
      'application/json; charset',
      'application/json; charset=',
      'application/json; =utf-8',
      'application/json; charset =utf-8',
      'application/json; charset= utf-8',
      'application/json; charset="utf-8',
      'application/json; charset="utf-8\\"',
      'application/json; charset="utf-8"x',
      'application/json; charset="\\',
      'application/json; charset="a\tb"',
      'application/json; charset="a\u007fb"',
      'application/json; charset="é"',
      'application/json; charset="\\é"',
      "application/json; charset='a b'",
      'application/json\u00a0;a=b',
      'application/json;\ta=b',
      'application/jsön',
      'äpplication/json',
      'application/json;a=b=c',
      'application/json;a=b c',
      'text/<html>',
      'text/(comment)plain',
      'text/plain\n',
      `application/json; x=${long} y`,
    ],
  },
  {
    name: 'isJsonMediaType',
    holds: isJsonMediaType,
    valid: [
      'application/json',
      'text/json',
      'APPLICATION/JSON',
      'Application/Json;charset=utf-8',
      'application/json ; x="y"',
    ].concat([
      'application/cloudevents+json',
      'application/geo+JSON',
      'application/problem+json;a=b',
      'a/+json',
    ]),
    invalid: [
      '',
      'json',
      '/json',
      '+json',
      'application/jsonp',
      'application/json5',
      'application/json-seq',
      'application/xjson',
    ]
      .concat([
        'application/json+xml',
        'text/plain; x=application/json',
        'text/plain; x="a/json"',
        'application/x+jsonx',
      ])
      .concat(['application/JSO\u212a', 'application\u000fjson', 'json/application']),
  },
  {
    name: 'isTextMediaType',
    holds: isTextMediaType,
    valid: [
      'text/plain',
      'TEXT/HTML; charset=utf-8',
      'text/xml',
      'application/xml',
      'Application/XML;x=y',
      'image/svg+xml',
    ].concat(['application/soap+XML ; a=b']),
    invalid: [
      '',
      'text',
      'text/',
      'context/plain',
      'application/json',
      'application/octet-stream',
      'image/xml',
      '+xml',
      '/+xml',
    ].concat([
      'application/xml-dtd',
      'application/xmlx',
      'a/b; c=text/plain',
      'xtext/plain',
      'my-application/xml',
    ]),
  },
  {
    name: 'isBase64',
    holds: isBase64,
    valid: ['', 'AA==', 'AAA=', 'AAAA', '+/+/', 'AQIDBAU=', 'A'.repeat(400)],
    invalid: [
      'A',
      'AA',
      'AAA',
      'A===',
      '====',
      '==',
      'AA=A',
      'AAAA=',
      'AA==AA==',
      'AA-_',
      'AA==\n',
      ' AA=',
      'AAA\n',
      'AAé=',
      'AAA*',
    ],
  },
]

describe.each(tables)('$name', ({ holds, valid, invalid }) => {
  it.each(valid.map((text) => [text]))('accepts %j', (text) => {
    expect(holds(text)).toBe(true)
    // Again, for the answer may come from a memo.
    expect(holds(text)).toBe(true)
  })

  it.each(invalid.map((text) => [text]))('refuses %j', (text) => {
    expect(holds(text)).toBe(false)
    expect(holds(text)).toBe(false)
  })

  it('answers the same in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...valid, ...invalid), { maxLength: 20 }), (texts) => {
        for (const text of texts) expect(holds(text)).toBe(valid.includes(text))
      }),
    )
  })
})

describe('isInt32', () => {
  it.each([0, -0, 1, -1, 2147483647, -2147483648, 1e9])('accepts %p', (value) => {
    expect(isInt32(value)).toBe(true)
  })

  it.each([
    2147483648,
    -2147483649,
    4294967296,
    0.5,
    1.5,
    -0.1,
    1e300,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_VALUE,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])('refuses %p', (value) => {
    expect(isInt32(value)).toBe(false)
  })
})

describe('what the grammars generate', () => {
  it.each([
    ['isAttributeName', isAttributeName, arbExtensionName],
    ['isCloudEventsString', isCloudEventsString, arbString],
    ['isUri', isUri, arbUri],
    ['isUriReference', isUriReference, arbUriReference],
    ['isTimestamp', isTimestamp, arbTimestamp],
    ['isMediaType', isMediaType, arbMediaType],
  ] as const)('passes %s', (_name, holds, arbitrary) => {
    fc.assert(fc.property(arbitrary, (text) => holds(text)))
  })

  it('is refused with any control character, noncharacter or lone surrogate in it', () => {
    const bad = fc.constantFrom(
      '\u0000',
      '\u001f',
      '\u007f',
      '\u009f',
      '\ufdd0',
      '\uffff',
      '\u{3fffe}',
      '\ud800',
      '\udc00',
    )
    const syntaxes = [
      isUri,
      isUriReference,
      isTimestamp,
      isMediaType,
      isBase64,
      isAttributeName,
      isCloudEventsString,
    ]
    const texts = fc.oneof(arbUri, arbTimestamp, arbMediaType, fc.string())
    fc.assert(
      fc.property(texts, bad, texts, fc.constantFrom(...syntaxes), (before, character, after, holds) => {
        // An ASCII letter on both sides keeps a surrogate alone.
        expect(holds(`${before}a${character}a${after}`)).toBe(false)
      }),
    )
  })

  it('agrees with Unicode on what a CloudEvents string is', () => {
    const forbidden = /[\p{Cc}\p{Noncharacter_Code_Point}\p{Cs}]/u
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }), (text) => {
        expect(isCloudEventsString(text)).toBe(!forbidden.test(text))
      }),
    )
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code)
      if (isCloudEventsString(character) === forbidden.test(character))
        throw new Error(`U+${code.toString(16)}`)
    }
  })

  it('agrees with the calendar on every day of eight centuries', () => {
    for (let year = 1600; year < 2400; year++) {
      for (let month = 1; month <= 12; month++) {
        const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
        const prefix = `${year}-${String(month).padStart(2, '0')}-`
        if (!isTimestamp(`${prefix}${days}T00:00:00Z`) || isTimestamp(`${prefix}${days + 1}T00:00:00Z`)) {
          throw new Error(`${prefix}${days}`)
        }
      }
    }
  })
})

describe('time on long texts', () => {
  const shapes: readonly (readonly [name: string, holds: Predicate, shape: (size: number) => string])[] = [
    ['isAttributeName', isAttributeName, (size) => 'a'.repeat(size)],
    ['isCloudEventsString', isCloudEventsString, (size) => 'a'.repeat(size)],
    ['isCloudEventsString with a late fault', isCloudEventsString, (size) => `${'a'.repeat(size)}\n`],
    ['isCloudEventsString beyond ASCII', isCloudEventsString, (size) => '😀é'.repeat(size / 3)],
    ['isUriReference', isUriReference, (size) => `/${'a/'.repeat(size / 2)}`],
    ['isUriReference of one segment', isUriReference, (size) => 'a'.repeat(size)],
    ['isUriReference with triplets', isUriReference, (size) => `${'%41'.repeat(size / 3)}%`],
    ['isUriReference with many colons', isUriReference, (size) => `a${':'.repeat(size)}`],
    ['isUriReference with a long userinfo', isUriReference, (size) => `//${'a:'.repeat(size / 2)}@[`],
    ['isUriReference with a long address', isUriReference, (size) => `//[${'1:'.repeat(size / 2)}]`],
    ['isUriReference with a long future address', isUriReference, (size) => `//[v1.${'a'.repeat(size)}/]`],
    ['isUri', isUri, (size) => `urn:${'a'.repeat(size)}`],
    ['isUri with a long scheme', isUri, (size) => `${'a'.repeat(size)}:`],
    ['isTimestamp', isTimestamp, (size) => `2026-01-31T12:00:00.${'1'.repeat(size)}Z`],
    ['isMediaType', isMediaType, (size) => `a/b${';a=b'.repeat(size / 4)}`],
    ['isMediaType with spaces', isMediaType, (size) => `a/b;${' '.repeat(size)}x`],
    ['isMediaType with semicolons', isMediaType, (size) => `a/b${'; '.repeat(size / 2)}x`],
    ['isMediaType with quotes', isMediaType, (size) => `a/b;a="${'\\"'.repeat(size / 2)}`],
    ['isJsonMediaType', isJsonMediaType, (size) => `a/${'+json'.repeat(size / 5)}x`],
    ['isTextMediaType', isTextMediaType, (size) => `a/${'+xml'.repeat(size / 4)}x`],
    ['isBase64', isBase64, (size) => 'A'.repeat(size)],
    ['isBase64 with a late fault', isBase64, (size) => `${'A'.repeat(size)}=A==`],
  ]

  it.each(shapes)('grows with the length and no faster: %s', (_name, holds, shape) => {
    const small = fastest(holds, shape(131_072))
    const large = fastest(holds, shape(1_048_576))
    // Eight times the length: a quadratic rule takes 64 times as long.
    expect(large / Math.max(small, 0.05)).toBeLessThan(24)
  })

  /** Milliseconds of the fastest of several calls, which is what the machine's other work disturbs least. */
  function fastest(holds: Predicate, text: string): number {
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 7; round++) {
      const start = performance.now()
      holds(text)
      best = Math.min(best, performance.now() - start)
    }
    return best
  }
})

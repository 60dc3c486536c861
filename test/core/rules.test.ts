import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  isAttributeName,
  isBase64,
  isCloudEventsString,
  isInt32,
  isMediaType,
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
import { describePredicate, LONG } from './predicate.ts'

describePredicate('isAttributeName', isAttributeName, {
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
    LONG,
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
  ].concat(['hasOwnProperty', 'data', 'data_base64', '`a', 'a{', '/0', '0:', `${LONG}A`]),
})

describePredicate('isCloudEventsString', isCloudEventsString, {
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
    .concat([LONG, `${LONG}é😀`]),
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
      '\udc00\udc00',
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
    .concat([`${LONG}\u0000`, `é${LONG}\u009f`]),
})

describePredicate('isBase64', isBase64, {
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
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { InvalidEventError } from '../../adapters/core/errors.ts'
import { checkAttribute, validate, violationsOf } from '../../adapters/core/validate.ts'

const minimal = { specversion: '1.0', id: '1', source: '/orders', type: 'order.created' }

function rulesOf(event: unknown): string[] {
  return violationsOf(event).map(({ attribute, rule }) => `${attribute}: ${rule}`)
}

describe('a broken rule is named, with what is wrong and what would be right', () => {
  const excerpt = 'x'.repeat(40)
  const list = 'every event needs specversion, id, source and type'
  const types = 'use a boolean, a 32-bit integer, a string or a Uint8Array'
  const charset = 'remove control characters, noncharacters and lone surrogates'
  const base64 = 'use the standard alphabet with padding (RFC 4648 section 4), or put bytes in "data"'
  const reference = 'use a URI reference (RFC 3986), such as /orders or https://example.com/orders'

  it.each<[attribute: string, value: unknown, rule: string, message: string]>([
    ['id', undefined, 'required', `"id" is missing: ${list}`],
    ['specversion', undefined, 'required', `"specversion" is missing: ${list}`],
    [
      'specversion',
      '0.3',
      'specversion',
      '"specversion" is "0.3", whose attributes differ: convert the event to CloudEvents 1.0 first',
    ],
    ['specversion', '1.0.2', 'specversion', '"specversion" is "1.0.2": use "1.0"'],
    ['specversion', '', 'specversion', '"specversion" is "": use "1.0"'],
    ['specversion', 1, 'type', '"specversion" is the number 1: use the string "1.0"'],
    ['id', 1, 'type', '"id" is the number 1: use a string'],
    ['id', '', 'non-empty', '"id" is an empty string: give it a value'],
    ['id', null, 'type', '"id" is null: use a string'],
    ['id', 'a\u0000b', 'charset', `"id" is "a\\u0000b": ${charset}`],
    ['source', '', 'non-empty', '"source" is an empty string: give it a value'],
    ['source', 'my orders', 'uri-reference', `"source" is "my orders": ${reference}`],
    ['source', '/a\nb', 'charset', `"source" is "/a\\nb": ${charset}`],
    ['source', '/\u202egpj', 'uri-reference', `"source" is "/\\u202egpj": ${reference}`],
    ['type', ['a'], 'type', '"type" is an array: use a string'],
    ['type', '\ud800', 'charset', `"type" is "\\ud800": ${charset}`],
    ['subject', '', 'non-empty', '"subject" is an empty string: give it a value or leave it out'],
    ['subject', false, 'type', '"subject" is a boolean: use a string or leave it out'],
    ['subject', '\u{1ffff}', 'charset', `"subject" is "\\u{1ffff}": ${charset}`],
    ['subject', '\u009f', 'charset', `"subject" is "\\u009f": ${charset}`],
    ['subject', `${excerpt.slice(1)}\n`, 'charset', `"subject" is "${excerpt.slice(1)}\\n": ${charset}`],
    ['subject', `${excerpt}yyy\u0000`, 'charset', `"subject" is "${excerpt}…": ${charset}`],
    ['subject', `${excerpt.slice(1)}😀\u0000`, 'charset', `"subject" is "${excerpt.slice(1)}…": ${charset}`],
    [
      'time',
      'yesterday',
      'rfc3339',
      '"time" is "yesterday": use an RFC 3339 timestamp with an offset, such as 2026-01-31T12:00:00Z',
    ],
    ['time', new Date(0), 'type', '"time" is a Date: use its toISOString()'],
    [
      'time',
      '',
      'rfc3339',
      '"time" is "": use an RFC 3339 timestamp with an offset, such as 2026-01-31T12:00:00Z',
    ],
    [
      'datacontenttype',
      'json',
      'media-type',
      '"datacontenttype" is "json": use a media type (RFC 2046), such as application/json',
    ],
    [
      'dataschema',
      '#',
      'uri',
      '"dataschema" is "#": use an absolute URI (RFC 3986), such as https://example.com/order.json',
    ],
    ['dataschema', '', 'non-empty', '"dataschema" is an empty string: give it a value or leave it out'],
    ['data_base64', 'AQI', 'base64', `"data_base64" is not standard base64: ${base64}`],
    ['data_base64', 'AQ-_', 'base64', `"data_base64" is not standard base64: ${base64}`],
    ['data_base64', null, 'base64', `"data_base64" is null: ${base64}`],
    ['data_base64', new Uint8Array(1), 'base64', `"data_base64" is Uint8Array: ${base64}`],
    [
      'count',
      2147483648,
      'int32',
      '"count" is 2147483648: use a whole number from -2147483648 to 2147483647, or a string',
    ],
    [
      'count',
      1e300,
      'int32',
      '"count" is 1e+300: use a whole number from -2147483648 to 2147483647, or a string',
    ],
    ['ratio', 0.5, 'type', `"ratio" is the number 0.5: ${types}`],
    ['ratio', Number.NaN, 'type', `"ratio" is the number NaN: ${types}`],
    ['ratio', Number.NEGATIVE_INFINITY, 'type', `"ratio" is the number -Infinity: ${types}`],
    ['extra', null, 'type', `"extra" is null: ${types}`],
    ['extra', { secret: 1 }, 'type', `"extra" is an object: ${types}`],
    ['extra', [], 'type', `"extra" is an array: ${types}`],
    ['extra', 5n, 'type', `"extra" is a bigint: ${types}`],
    ['extra', () => 1, 'type', `"extra" is a function: ${types}`],
    ['extra', Symbol('x'), 'type', `"extra" is a symbol: ${types}`],
    ['extra', new Date(0), 'type', '"extra" is a Date: use its toISOString()'],
    ['extra', new Uint16Array(1), 'type', `"extra" is Uint16Array: ${types}`],
    ['extra', new DataView(new ArrayBuffer(1)), 'type', `"extra" is DataView: ${types}`],
    ['extra', new ArrayBuffer(1), 'type', `"extra" is an object: ${types}`],
    ['extra', 'a\tb', 'charset', `"extra" is "a\\tb": ${charset}`],
    ['constructor', {}, 'type', `"constructor" is an object: ${types}`],
    ['constructor', '\n', 'charset', `"constructor" is "\\n": ${charset}`],
    ['traceId', 'x', 'name', '"traceId" is no attribute name: use only a-z and 0-9, at least one'],
    ['', 'x', 'name', '"" is no attribute name: use only a-z and 0-9, at least one'],
    ['a\nb', 'x', 'name', '"a\\nb" is no attribute name: use only a-z and 0-9, at least one'],
    [
      'hasOwnProperty',
      'x',
      'name',
      '"hasOwnProperty" is no attribute name: use only a-z and 0-9, at least one',
    ],
    ['data_base65', 'x', 'name', '"data_base65" is no attribute name: use only a-z and 0-9, at least one'],
  ])('%s of %p', (attribute, value, rule, message) => {
    expect(violationsOf({ ...minimal, [attribute]: value })).toEqual([{ attribute, rule, message }])
    if (value !== undefined && attribute !== 'data_base64') {
      expect(checkAttribute(attribute, value)).toEqual({ attribute, rule, message })
    }
  })

  it('when data come twice', () => {
    const message = 'the event has both "data" and "data_base64": keep one of them'
    const violation = { attribute: 'data', rule: 'data-exclusive', message }
    for (const data of [
      null,
      '',
      'AQID',
      { a: 1 },
      new Uint8Array([1, 2]),
      new BigInt64Array(1),
      new DataView(new ArrayBuffer(1)),
    ]) {
      expect(violationsOf({ ...minimal, data, data_base64: 'AQID' })).toEqual([violation])
    }
    expect(rulesOf({ ...minimal, data: 'x', data_base64: '?' })).toEqual([
      'data_base64: base64',
      'data: data-exclusive',
    ])
  })

  it('for a __proto__ that JSON brought in, and no prototype is touched', () => {
    const event: unknown = JSON.parse(`{"__proto__":{"polluted":"yes"},${JSON.stringify(minimal).slice(1)}`)
    expect(rulesOf(event)).toEqual(['__proto__: name'])
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('once for each, all in one error', () => {
    const event = { specversion: '1.0', type: '', source: ' ', time: 'now', Extra: 1, ratio: 0.5 }
    expect(rulesOf(event)).toEqual([
      'id: required',
      'type: non-empty',
      'source: uri-reference',
      'time: rfc3339',
      'Extra: name',
      'ratio: type',
    ])
    expect(() => validate(event)).toThrow(InvalidEventError)
    expect(() => validate(event)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_EVENT', violations: violationsOf(event) }),
    )
  })

  it('and a hostile event does not make an endless error', () => {
    const names = Array.from({ length: 50_000 }, (_, index) => [`Name${index}`, 'x'])
    const violations = violationsOf({ ...Object.fromEntries(names), ...minimal, id: undefined })
    // A hundred, and what is missing.
    expect(violations).toHaveLength(101)
    expect(violations[0]).toMatchObject({ attribute: 'id', rule: 'required' })
  })

  it('in a short line without control characters, whatever the value', () => {
    const hostile = fc.string({
      unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
      maxLength: 200,
    })
    fc.assert(
      fc.property(hostile, hostile, (name, value) => {
        for (const { message } of violationsOf({ [name]: value, id: value, source: value, time: value })) {
          expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u)
          expect(message.length).toBeLessThan(400)
        }
      }),
    )
  })

  it('without a look at the data', () => {
    const { message } = new InvalidEventError(
      violationsOf({ ...minimal, id: '', data: 'SECRET', data_base64: 'U0VDUkVU!' }),
    )
    expect(message).not.toContain('SECRET')
    expect(message).not.toContain('U0VDUkVU')
  })
})

describe('checkAttribute', () => {
  it('lets an absent attribute be, a required one too', () => {
    expect(checkAttribute('id', undefined)).toBeUndefined()
    expect(checkAttribute('Not A Name', undefined)).toBeUndefined()
  })

  it.each(['data', 'data_base64', '__proto__'])('knows that %s is no attribute', (name) => {
    expect(checkAttribute(name, 'x')).toMatchObject({ attribute: name, rule: 'name' })
  })

  it('says why data is none', () => {
    expect(checkAttribute('data', 'x')?.message).toBe(
      '"data" is no attribute name: it is the payload, so name the attribute otherwise',
    )
  })
})

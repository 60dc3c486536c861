import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { CloudEvent as SdkEvent } from 'cloudevents'
import fc from 'fast-check'
import { InvalidEventError } from '../../adapters/core/errors.ts'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { checkAttribute, validate, violationsOf } from '../../adapters/core/validate.ts'
import { arbEvent, arbExtensionName, arbNonEmptyString, arbString } from './arbitraries.ts'

const minimal = { specversion: '1.0', id: '1', source: '/orders', type: 'order.created' }

function rulesOf(event: unknown): string[] {
  return violationsOf(event).map(({ attribute, rule }) => `${attribute}: ${rule}`)
}

describe('a valid event', () => {
  it('has no violations, whatever it holds', () => {
    fc.assert(
      fc.property(arbEvent(), (event) => {
        expect(violationsOf(event)).toEqual([])
        expect(() => validate(event)).not.toThrow()
      }),
      { numRuns: 1000 },
    )
  })

  it.each<[string, Record<string, unknown>]>([
    ['one with the four required attributes only', {}],
    [
      'one with absent attributes spelled out',
      { subject: undefined, time: undefined, x: undefined, data: undefined },
    ],
    ['one with an absent attribute of an illegal name', { 'not-a-name': undefined }],
    ['an extension named as what objects inherit', { constructor: 'acme', valueof: 'x', tostring: 'y' }],
    ['an empty extension', { tracestate: '' }],
    [
      'extensions of every type',
      { a: true, b: false, c: -2147483648, d: 'x', e: new Uint8Array(2), f: Buffer.from('x') },
    ],
    ['a name past twenty characters', { opcuametadatamajorversion: 1 }],
    ['a name of digits', { 1: 'x' }],
    ['a content type without data', { datacontenttype: 'application/json' }],
    ['null data', { data: null }],
    ['data of any kind', { data: () => 1 }],
    ['encoded data', { data_base64: 'AQID' }],
    ['encoded data of no bytes', { data_base64: '' }],
    ['encoded data and data that is absent', { data_base64: 'AQID', data: undefined }],
    ['a schema with a fragment', { dataschema: 'https://example.com/a.json#/definitions/b' }],
    ['a subject of spaces and emoji', { subject: ' 😀 ' }],
    [
      'names of the 0.3 version, which are extensions now',
      { datacontentencoding: 'base64', schemaurl: '/x' },
    ],
  ])('may be %s', (_name, members) => {
    expect(violationsOf({ ...minimal, ...members })).toEqual([])
  })

  it('may have a null prototype, be frozen, or be an instance of a class with methods', () => {
    class Order {
      specversion = '1.0'
      id = '1'
      source = '/orders'
      type = 'order.created'
      toJSON(): string {
        return 'x'
      }
      get Total(): number {
        throw new Error('read')
      }
    }
    expect(violationsOf(Object.assign(Object.create(null), minimal))).toEqual([])
    expect(violationsOf(Object.freeze({ ...minimal }))).toEqual([])
    expect(violationsOf(new Order())).toEqual([])
  })

  it('may hold bytes of another realm', () => {
    const bytes: unknown = runInNewContext('new Uint8Array([1, 2, 3])')
    expect(bytes).not.toBeInstanceOf(Uint8Array)
    expect(violationsOf({ ...minimal, digest: bytes })).toEqual([])
  })
})

describe('what is not looked at', () => {
  it('is a symbol', () => {
    expect(violationsOf({ ...minimal, [Symbol('Private')]: {} })).toEqual([])
  })

  it('is an inherited property, even where it would be a violation or an attribute', () => {
    expect(violationsOf(Object.assign(Object.create({ 'Not-A-Name': {} }), minimal))).toEqual([])
    expect(rulesOf(Object.create(minimal))).toEqual([
      'specversion: required',
      'id: required',
      'source: required',
      'type: required',
    ])
  })

  it('is data: a getter is not called', () => {
    const event = Object.defineProperty({ ...minimal }, 'data', {
      enumerable: true,
      get: () => {
        throw new Error('data was read')
      },
    })
    expect(violationsOf(event)).toEqual([])
    expect(violationsOf({ ...minimal, data_base64: undefined })).toEqual([])
  })
})

describe('events of the cloudevents package', () => {
  const attributes = { id: '1', source: '/orders', type: 'order.created' }

  it.each<[string, unknown]>([
    ['no data', undefined],
    ['an object', { total: 5 }],
    ['a string', 'text'],
    ['bytes', new Uint8Array([0, 1, 254, 255])],
    ['no bytes', new Uint8Array()],
    ['a Buffer inside a larger one', Buffer.from('--body--').subarray(2, 6)],
    ['an array of wider elements', new Uint32Array([1, 2, 300])],
    ['an array of floats', new Float32Array([1.5, -2, 300])],
  ])('are valid with %s', (_name, data) => {
    expect(violationsOf(new SdkEvent({ ...attributes, data }))).toEqual([])
  })

  it('are valid with encoded data', () => {
    const event = new SdkEvent({ ...attributes, data_base64: 'AQID' })
    expect(event.data).toEqual(new Uint8Array([1, 2, 3]))
    expect(violationsOf(event)).toEqual([])
  })

  it('are refused for what the package lets pass', () => {
    const event = new SdkEvent(
      { ...attributes, severity: 2 ** 31, extra: { nested: true }, subject: 'a\nb' },
      false,
    )
    expect(rulesOf(event)).toEqual(['subject: charset', 'severity: int32', 'extra: type'])
  })
})

describe('a value that is no event', () => {
  it.each<[unknown, string]>([
    [undefined, 'the event is undefined'],
    [null, 'the event is null'],
    ['{"id":"1"}', 'the event is a string'],
    [5, 'the event is the number 5'],
    [true, 'the event is a boolean'],
    [5n, 'the event is a bigint'],
    [Symbol('event'), 'the event is a symbol'],
    [() => minimal, 'the event is a function'],
    [[minimal], 'the event is an array'],
    [new Uint8Array(1_000_000), 'the event is Uint8Array'],
  ])('breaks the rule "object": %p', (value, start) => {
    expect(violationsOf(value)).toEqual([
      {
        attribute: 'event',
        rule: 'object',
        message: `${start}: use an object with specversion, id, source and type`,
      },
    ])
  })

  it('lacks what is required where it is another object', () => {
    expect(rulesOf(new Date())).toHaveLength(4)
    expect(rulesOf({})).toEqual([
      'specversion: required',
      'id: required',
      'source: required',
      'type: required',
    ])
  })
})

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
    expect(violations.length).toBeLessThanOrEqual(104)
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

describe('a mutation that breaks one rule', () => {
  interface Mutation {
    readonly attribute: string
    readonly value: unknown
  }
  interface Mutator {
    readonly breaks: string
    readonly how: string
    readonly mutation: fc.Arbitrary<Mutation>
  }

  /** The same mutations for several attributes. */
  function mutate(
    breaks: string,
    how: string,
    attributes: readonly string[],
    value: fc.Arbitrary<unknown>,
  ): Mutator {
    return { breaks, how, mutation: fc.record({ attribute: fc.constantFrom(...attributes), value }) }
  }
  function mutateExtension(breaks: string, how: string, value: fc.Arbitrary<unknown>): Mutator {
    return { breaks, how, mutation: fc.record({ attribute: arbExtensionName, value }) }
  }
  function insert(text: fc.Arbitrary<string>, bad: fc.Arbitrary<string>): fc.Arbitrary<string> {
    // An ASCII letter on both sides keeps a surrogate alone.
    return fc.tuple(text, bad, text).map(([before, character, after]) => `${before}a${character}a${after}`)
  }

  const required = ['specversion', 'id', 'source', 'type']
  const texts = ['id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema']
  const control = fc
    .oneof(fc.integer({ min: 0, max: 0x1f }), fc.integer({ min: 0x7f, max: 0x9f }))
    .map((code) => String.fromCharCode(code))
  const noncharacter = fc.oneof(
    fc.integer({ min: 0xfdd0, max: 0xfdef }).map((code) => String.fromCodePoint(code)),
    fc
      .tuple(fc.integer({ min: 0, max: 16 }), fc.constantFrom(0xfffe, 0xffff))
      .map(([plane, rest]) => String.fromCodePoint(plane * 0x10000 + rest)),
  )
  const surrogate = fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code))
  const wrongForAll = fc.oneof(
    fc.constant(null),
    fc.object(),
    fc.array(fc.string()),
    fc.bigInt(),
    fc.date(),
    fc.constantFrom(() => 1, Symbol('x'), new Map(), new Uint16Array(1)),
    fc.double({ noInteger: true }),
  )
  const wrongForStandard = fc.oneof(wrongForAll, fc.integer(), fc.boolean(), fc.uint8Array())
  const spaced = fc.stringMatching(/^[a-z]{0,5} [a-z]{0,5}$/)

  const mutators: readonly Mutator[] = [
    mutate('required', 'leaves it out', required, fc.constant(undefined)),
    mutate(
      'specversion',
      'takes another version',
      ['specversion'],
      fc.oneof(
        fc.constantFrom('0.3', '1.1', '1.0 ', '1', ''),
        arbString.filter((text) => text !== '1.0'),
      ),
    ),
    mutate('type', 'is no string', [...required, ...texts], wrongForStandard),
    mutateExtension('type', 'has no CloudEvents type', wrongForAll),
    mutate('non-empty', 'empties it', ['id', 'source', 'type', 'subject', 'dataschema'], fc.constant('')),
    mutate('charset', 'holds a control character', texts, insert(arbString, control)),
    mutate('charset', 'holds a noncharacter', texts, insert(arbString, noncharacter)),
    mutate('charset', 'holds a lone surrogate', texts, insert(arbString, surrogate)),
    mutateExtension(
      'charset',
      'holds what no String may',
      insert(arbString, fc.oneof(control, noncharacter, surrogate)),
    ),
    mutateExtension(
      'int32',
      'is above the range',
      fc.integer({ min: 2 ** 31, max: Number.MAX_SAFE_INTEGER }),
    ),
    mutateExtension(
      'int32',
      'is below the range',
      fc.integer({ min: Number.MIN_SAFE_INTEGER, max: -(2 ** 31) - 1 }),
    ),
    mutate('uri-reference', 'holds a space', ['source'], spaced),
    mutate('uri-reference', 'is not ASCII', ['source'], fc.stringMatching(/^\/[a-z]{0,5}[à-ü]$/)),
    mutate(
      'uri-reference',
      'has a broken triplet',
      ['source'],
      fc.stringMatching(/^\/[a-z]{0,5}%[g-z][0-9a-f]?$/),
    ),
    mutate(
      'uri-reference',
      'has a colon and no scheme',
      ['source'],
      fc.stringMatching(/^[0-9]{1,5}:[a-z]{0,5}$/),
    ),
    mutate('uri', 'is relative', ['dataschema'], fc.stringMatching(/^[/#?]?[a-z]{1,5}\/[a-z]{0,5}$/)),
    mutate(
      'uri',
      'holds a space',
      ['dataschema'],
      spaced.map((text) => `https://example.com/${text}`),
    ),
    mutate('rfc3339', 'is prose', ['time'], arbNonEmptyString),
    mutate(
      'rfc3339',
      'lacks the offset',
      ['time'],
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, -1)),
    ),
    mutate(
      'rfc3339',
      'is a day that does not exist',
      ['time'],
      fc.constantFrom('02-30', '04-31', '13-01', '00-10', '01-32').map((day) => `2024-${day}T00:00:00Z`),
    ),
    mutate(
      'rfc3339',
      'has a wrong offset',
      ['time'],
      fc
        .constantFrom('+24:00', '-00:60', '+1:00', '+0100', ' Z', '')
        .map((offset) => `2024-02-29T00:00:00${offset}`),
    ),
    mutate('rfc3339', 'is epoch milliseconds', ['time'], fc.nat().map(String)),
    mutate('media-type', 'has no subtype', ['datacontenttype'], fc.stringMatching(/^[a-z]{0,9}\/?$/)),
    mutate(
      'media-type',
      'has a broken parameter',
      ['datacontenttype'],
      fc.stringMatching(/^[a-z]{1,5}\/[a-z]{1,5};[a-z]{1,5}(=|="|="\\|= a)?$/),
    ),
    mutate(
      'base64',
      'is not base64',
      ['data_base64'],
      fc.oneof(
        fc.stringMatching(/^[A-Za-z0-9]{4}[-_*? ]{4}$/),
        fc.stringMatching(/^[A-Z]{5}$/),
        wrongForStandard,
      ),
    ),
    mutate('data-exclusive', 'comes with data', ['data_base64'], fc.constantFrom('AQIDBAUGBwgJ', '////')),
    {
      breaks: 'name',
      how: 'has a character that is not allowed',
      mutation: fc.record({
        attribute: fc.oneof(
          insert(
            fc.stringMatching(/^[a-z0-9]*$/),
            fc.constantFrom('_', '-', '.', ' ', 'A', 'Z', 'é', '/', ':', '`', '{', '\u0000'),
          ),
          fc.constantFrom('', 'hasOwnProperty', 'toString', 'data_base', 'DATA'),
        ),
        value: arbString,
      }),
    },
  ]

  it.each(mutators)('is rejected by "$breaks": the attribute $how', ({ breaks, mutation }) => {
    fc.assert(
      fc.property(arbEvent(), mutation, (event: CloudEvent, { attribute, value }) => {
        const { data, ...attributes } = event
        // Encoded data excludes data; the other mutations leave data as they are.
        const kept =
          breaks === 'data-exclusive' ? { data: data ?? null } : attribute === 'data_base64' ? {} : event
        const violations = violationsOf({ ...attributes, ...kept, [attribute]: value })
        const culprit = breaks === 'data-exclusive' ? 'data' : attribute
        expect(violations).toEqual([{ attribute: culprit, rule: breaks, message: expect.any(String) }])
      }),
    )
  })

  it('covers every rule but that the event is an object', () => {
    expect([...new Set(mutators.map(({ breaks }) => breaks))].sort()).toEqual([
      'base64',
      'charset',
      'data-exclusive',
      'int32',
      'media-type',
      'name',
      'non-empty',
      'required',
      'rfc3339',
      'specversion',
      'type',
      'uri',
      'uri-reference',
    ])
  })
})

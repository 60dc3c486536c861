import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { CloudEvent as SdkEvent } from 'cloudevents'
import fc from 'fast-check'
import { validate, violationsOf } from '../../adapters/core/validate.ts'
import { arbEvent } from './arbitraries.ts'

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

  it('is what loops do not find, which no encoder would write either', () => {
    const hidden = Object.defineProperty({ ...minimal }, 'id', { enumerable: false })
    expect(rulesOf(hidden)).toEqual(['id: required'])
    expect(rulesOf(new Proxy(minimal, { ownKeys: () => ['specversion', 'source'] }))).toEqual([
      'id: required',
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
    ['bytes spread over wider elements', new Uint32Array([1, 2, 255])],
  ])('are valid with %s', (_name, data) => {
    expect(violationsOf(new SdkEvent({ ...attributes, data }))).toEqual([])
  })

  it('are valid with encoded data', () => {
    const event = new SdkEvent({ ...attributes, data_base64: 'AQID' })
    expect(event.data).toEqual(new Uint8Array([1, 2, 3]))
    expect(violationsOf(event)).toEqual([])
  })

  it.each([
    ['wider elements', new Uint32Array([1, 2, 300])],
    ['floats', new Float32Array([1.5, -2, 300])],
  ])('are refused with %s, of which the package encodes a part only', (_name, data) => {
    expect(rulesOf(new SdkEvent({ ...attributes, data }))).toEqual(['data: data-exclusive'])
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

import { describe, expect, it } from '@jest/globals'
import { CloudEvent as SdkEvent } from 'cloudevents'
import fc from 'fast-check'
import { canonical } from '../../adapters/core/data.ts'
import { createEvent } from '../../adapters/core/event.ts'
import {
  documentedExtensions,
  type ExtensionType,
  extensionTypes,
  typedExtension,
} from '../../adapters/core/extensions.ts'
import { extensionsOf } from '../../adapters/core/extensions-of.ts'
import { decodeJson } from '../../adapters/core/json.ts'
import { isBytes, toBytes } from '../../adapters/core/message.ts'
import { isAttributeName } from '../../adapters/core/rules.ts'
import { violationsOf } from '../../adapters/core/validate.ts'
import { arbString, arbTimestamp, arbUri, arbUriReference } from './arbitraries.ts'

function neverRead(): never {
  throw new Error('the data were read')
}

const bare = { type: 'com.example.made', source: '/test' }
const samples: Readonly<Record<ExtensionType, string>> = {
  String: 'any text: 007',
  Integer: '-2147483648',
  Boolean: 'true',
  Binary: 'AQID',
  URI: 'https://example.com/a#b',
  'URI-reference': '../a?b',
  Timestamp: '2026-01-31T12:00:00.123456789+02:00',
}

describe('the documented extensions', () => {
  it.each([
    ['partitionkey', 'String'],
    ['sampledrate', 'Integer'],
    ['deprecated', 'Boolean'],
    ['dssematerial', 'Binary'],
    ['deprecationmigration', 'URI'],
    ['dataref', 'URI-reference'],
    ['expirytime', 'Timestamp'],
    ['opcuametadatamajorversion', 'Integer'],
    ['bamptxsstatus', 'String'],
    ['dlqattempts', 'Integer'],
    ['dlqtime', 'Timestamp'],
  ])('have a type: %s is a %s', (name, type) => {
    expect(documentedExtensions.get(name)).toBe(type)
  })

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'id', 'time', 'data', 'x', ''])(
    'do not hold %p',
    (name) => {
      expect(documentedExtensions.get(name)).toBeUndefined()
    },
  )

  it('have legal names and types of the specification, and their samples make a valid event', () => {
    const members: Record<string, unknown> = {}
    for (const [name, type] of documentedExtensions) {
      expect(isAttributeName(name)).toBe(true)
      expect(extensionTypes).toContain(type)
      members[name] = typedExtension(type, samples[type])
    }
    const event = createEvent({ ...bare, ...members })
    expect(extensionsOf(event)).toEqual(members)
    expect(Object.keys(members)).toHaveLength(documentedExtensions.size)
  })
})

describe('typedExtension', () => {
  it.each<[ExtensionType, string, string | number | boolean]>([
    ['Integer', '0', 0],
    ['Integer', '-1', -1],
    ['Integer', '2147483647', 2147483647],
    ['Integer', '-2147483648', -2147483648],
    ['Boolean', 'true', true],
    ['Boolean', 'false', false],
    ['String', '', ''],
    ['String', 'é😀', 'é😀'],
    ['URI', 'urn:a:b', 'urn:a:b'],
    ['URI-reference', '#fragment', '#fragment'],
    ['Timestamp', '2026-01-31T12:00:00.123456789+02:00', '2026-01-31T12:00:00.123456789+02:00'],
  ])('reads the %s %p', (type, text, value) => {
    expect(typedExtension(type, text)).toBe(value)
  })

  it('reads Binary as bytes', () => {
    expect(typedExtension('Binary', 'AQIDBAU=')).toEqual(toBytes('\u0001\u0002\u0003\u0004\u0005'))
    expect(typedExtension('Binary', '')).toHaveLength(0)
  })

  it.each<[ExtensionType, readonly string[]]>([
    ['Integer', ['', '007', '+5', '-0', '1e3', '1.0', '0x1', ' 1', '1 ', '1\n', '2147483648', '-2147483649']],
    ['Integer', ['99999999999', '٣', 'NaN', 'Infinity', '1_000', '-', '--1', '9'.repeat(40)]],
    ['Boolean', ['', 'True', 'TRUE', '1', '0', 'yes', ' true', 'null']],
    ['Binary', ['A', 'AA', 'AA==\n', 'AA-_', 'AB==', 'AAB=', '====', 'é===']],
    ['String', ['\u0000', 'a\n', '\u007f', '\ud800', '\uffff']],
    ['URI', ['', '/a', 'a b:', 'http://[', '#']],
    ['URI-reference', ['', ' ', '%', 'a b', '1:2']],
    ['Timestamp', ['', '2026-01-31', '2026-01-31T12:00:00', '1769860800', '2026-02-30T12:00:00Z']],
  ])('finds no %s in what only looks like one (%#)', (type, texts) => {
    for (const text of texts) expect([text, typedExtension(type, text)]).toEqual([text, undefined])
  })

  it.each<[ExtensionType, fc.Arbitrary<string>]>([
    ['String', arbString],
    ['Integer', fc.integer().map(String)],
    ['Boolean', fc.boolean().map(String)],
    ['Binary', fc.uint8Array().map(canonical)],
    ['URI', arbUri],
    ['URI-reference', arbUriReference],
    ['Timestamp', arbTimestamp],
  ])('reads every canonical text of type %s', (type, texts) => {
    fc.assert(fc.property(texts, (text) => typedExtension(type, text) !== undefined))
  })

  it('never changes what will be written: a value has the text it was read from', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[-+0]{0,2}\d{0,11}$/),
      fc.stringMatching(/^[A-Za-z0-9+/]{0,8}={0,2}$/),
      fc.constantFrom('true', 'false', 'True'),
    )
    let fitting = 0
    fc.assert(
      fc.property(fc.constantFrom(...extensionTypes), texts, (type, text) => {
        const value = typedExtension(type, text)
        if (value === undefined) return
        fitting++
        expect(canonical(value)).toBe(text)
      }),
      { numRuns: 2000 },
    )
    expect(fitting).toBeGreaterThan(100)
  })
})

describe('extensionsOf', () => {
  it('gives the documented extensions with their types, and nothing else', () => {
    const dssematerial = toBytes('signed')
    const event = createEvent({
      ...bare,
      subject: 's',
      partitionkey: 'k',
      sampledrate: 5,
      dssematerial,
      own: 'x',
    })
    const { partitionkey, sampledrate, ...others } = extensionsOf(event)
    expect([partitionkey?.toUpperCase(), sampledrate?.toFixed(1)]).toEqual(['K', '5.0'])
    expect(others).toEqual({ dssematerial })
  })

  it('says the same whether a sender wrote types or texts', () => {
    const texts = { sampledrate: '5', deprecated: 'true', dssematerial: 'AQID', partitionkey: '7' }
    const typed = {
      sampledrate: 5,
      deprecated: true,
      dssematerial: toBytes('\u0001\u0002\u0003'),
      partitionkey: 7,
    }
    const expected = { ...typed, partitionkey: '7' }
    expect(extensionsOf(createEvent({ ...bare, ...texts }))).toEqual(expected)
    expect(extensionsOf(createEvent({ ...bare, ...typed }))).toEqual(expected)
  })

  it('leaves out what does not fit, which the event keeps', () => {
    const event = createEvent({
      ...bare,
      sampledrate: 'often',
      expirytime: 'soon',
      deprecated: 1,
      traceparent: '00-1',
    })
    expect(extensionsOf(event)).toEqual({ traceparent: '00-1' })
    expect(event.sampledrate).toBe('often')
  })

  it('reads events of other makers, and never the data', () => {
    const sdk = new SdkEvent({ ...bare, severitynumber: 9, severitytext: 'info' })
    expect(extensionsOf(sdk)).toEqual({ severitynumber: 9, severitytext: 'info' })
    const text = '{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{"a":1},"sampledrate":2}'
    const event = decodeJson(toBytes(text))
    Object.defineProperty(event, 'data', { enumerable: true, get: neverRead })
    expect(extensionsOf(event)).toEqual({ sampledrate: 2 })
  })

  it('takes nothing from a prototype', () => {
    const event = Object.assign(Object.create({ partitionkey: 'inherited' }), createEvent(bare))
    expect(violationsOf(event)).toEqual([])
    expect(extensionsOf(event)).toEqual({})
  })

  it('hands out the very bytes of the event', () => {
    const event = createEvent({ ...bare, dssematerial: toBytes('signed') })
    const { dssematerial } = extensionsOf(event)
    expect(isBytes(dssematerial) && dssematerial === event.dssematerial).toBe(true)
  })
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  fromBase64,
  headerOf,
  sameBytes,
  sizeBound,
  sizeOf,
  toBase64,
  toBytes,
  toText,
} from '../../adapters/core/message.ts'
import { isBase64 } from '../../adapters/core/rules.ts'
import { anyCodePoint } from './characters.ts'

describe('the size of a message', () => {
  it('counts the UTF-8 bytes of body, header names, header values and key', () => {
    expect(sizeOf({ body: null, headers: {} })).toBe(0)
    expect(sizeOf({ body: new Uint8Array(10), headers: { 'ce-id': 'ü' }, key: '€' })).toBe(10 + 5 + 2 + 3)
  })

  it('counts a repeated header with its name as often as it stands', () => {
    const message = {
      body: null,
      headers: { trace: 'bb' },
      headerValues: { trace: ['a', new Uint8Array(3), 'bb'] },
    }
    expect(sizeOf(message)).toBe(5 + 2 + (5 + 1) + (5 + 3))
    expect(sizeBound(message)).toBeGreaterThanOrEqual(sizeOf(message))
  })

  it('is what the platform encodes, for any text', () => {
    const arbHeaders = fc.dictionary(fc.string({ unit: anyCodePoint }), fc.string({ unit: anyCodePoint }), {
      noNullPrototype: true,
    })
    fc.assert(
      fc.property(arbHeaders, fc.string({ unit: anyCodePoint }), fc.uint8Array(), (headers, key, body) => {
        const texts = [...Object.entries(headers).flat(), key]
        const encoded = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, body.length)
        expect(sizeOf({ body, headers, key })).toBe(encoded)
      }),
    )
  })
})

describe('base64', () => {
  it('comes back as the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = toBase64(bytes)
        expect(text).toBe(btoa(String.fromCharCode(...bytes)))
        expect(new Uint8Array(fromBase64(text) ?? [])).toEqual(bytes)
      }),
    )
  })

  it('is made of the view, not of the memory around it', () => {
    const memory = new Uint8Array([1, 2, 3, 4])
    expect(toBase64(memory.subarray(1, 3))).toBe(toBase64(new Uint8Array([2, 3])))
  })

  it.each([
    'A',
    'AA',
    'AAA',
    'A===',
    'AA=A',
    '=AAA',
    'AAA-',
    'AA A',
    'AAAA\n',
    '+++==',
    'AAA_',
    '\u0141AAA',
    'é\u0141AAAA==',
  ])('is not %j', (text) => {
    expect(fromBase64(text)).toBeUndefined()
  })

  it('is what the specification says, character by character', () => {
    const unit = fc.constantFrom(...'ABab09+/+/+/=-_ \n\u00e9\u0100\u0141')
    const text = fc.tuple(fc.string({ unit, maxLength: 24 }), fc.constantFrom('', '=', '=='))
    fc.assert(
      fc.property(text, ([start, end]) => {
        expect(fromBase64(start + end) !== undefined).toBe(isBase64(start + end))
      }),
      { numRuns: 2_000 },
    )
  })

  it('may be empty', () => {
    expect(fromBase64('')).toHaveLength(0)
  })
})

describe('text', () => {
  it('comes back the same, its byte order mark included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => expect(toText(toBytes(text))).toBe(text)),
    )
    expect(toText(toBytes('\ufeffa'))).toBe('\ufeffa')
  })

  it('are the same in long texts, with and without characters beyond ASCII, in the middle of a buffer', () => {
    for (const text of ['a'.repeat(5000), `${'a'.repeat(5000)}é€𝄞`, `é${'\0\x7f'.repeat(3000)}`]) {
      const bytes = toBytes(`<${text}>`).subarray(1, -1)
      expect(toText(bytes)).toBe(text)
      expect(toText(new Uint8Array(bytes))).toBe(text)
      expect(() => toText(new Uint8Array([...bytes, 0xff]))).toThrow()
    }
  })

  it('turns lone surrogates into U+FFFD, as TextEncoder does', () => {
    for (const text of ['\ud800', 'a\udc00b', '\udc00\ud800'])
      expect(new Uint8Array(toBytes(text))).toEqual(new TextEncoder().encode(text))
  })

  it.each([[[0xff]], [[0xc0, 0xa0]], [[0xed, 0xa0, 0x80]], [[0xe2, 0x82]]])(
    'refuses the bytes %j',
    (bytes) => {
      expect(() => toText(new Uint8Array(bytes))).toThrow()
    },
  )
})

describe('a header', () => {
  const headers = { 'Content-Type': 'a/b', empty: '' }

  it('is found whatever its case', () => {
    expect(headerOf(headers, 'content-type')).toBe('a/b')
    expect(headerOf({ ...headers, 'content-type': 'c/d' }, 'content-type')).toBe('c/d')
  })

  it('may be empty, which differs from absent', () => {
    expect(headerOf(headers, 'empty')).toBe('')
    expect(headerOf(headers, 'missing')).toBeUndefined()
  })

  it('is nothing that objects inherit', () => {
    expect(headerOf({}, 'constructor')).toBeUndefined()
    expect(headerOf({}, 'toString')).toBeUndefined()
  })
})

it('bytes are the same when each of them is', () => {
  expect(sameBytes(new Uint8Array([1, 2]), Buffer.from([1, 2]))).toBe(true)
  expect(sameBytes(new Uint8Array([1, 2]), new Uint8Array([1, 3]))).toBe(false)
  expect(sameBytes(new Uint8Array([1, 2]), new Uint8Array([1, 2, 0]))).toBe(false)
})

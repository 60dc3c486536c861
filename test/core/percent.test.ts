import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type PercentLeniency, percentDecode, percentEncode, unquote } from '../../adapters/core/percent.ts'
import { growth, quadratic } from '../fastest.ts'
import { arbString } from './arbitraries.ts'
import { anyCodePoint } from './characters.ts'

function decode(text: string, isQuoted = false) {
  const leniencies: PercentLeniency[] = []
  const decoded = percentDecode(text, (leniency) => leniencies.push(leniency), isQuoted)
  return { decoded, leniencies }
}

const visible = String.fromCharCode(...Array.from({ length: 0x7e - 0x20 }, (_, index) => 0x21 + index))
const unchanged = visible.replace(/["%]/g, '')

describe('percentEncode', () => {
  it.each([
    ['the example of the specification', 'Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
    ['nothing', '', ''],
    ['a percent sign', '100%', '100%25'],
    ['what looks encoded', '%41', '%2541'],
    ['quotes', '"a"', '%22a%22'],
    ['a letter of two bytes', 'é', '%C3%A9'],
    ['control characters', '\u0000\t\r\n\u007f\u0085', '%00%09%0D%0A%7F%C2%85'],
    ['the ends of the planes', '\ud7ff\ue000\uffff\u{10ffff}', '%ED%9F%BF%EE%80%80%EF%BF%BF%F4%8F%BF%BF'],
    ['a byte order mark', '\ufeffa', '%EF%BB%BFa'],
    ['lone surrogates', 'a\ud800\ude00\ude00b\ud800', 'a%F0%90%88%80%EF%BF%BDb%EF%BF%BD'],
  ])('encodes %s', (_name, text, expected) => {
    expect(percentEncode(text)).toBe(expected)
  })

  it('leaves every other visible ASCII character alone, a backslash and an apostrophe too', () => {
    expect(unchanged).toHaveLength(92)
    expect(percentEncode(unchanged)).toBe(unchanged)
    expect(percentEncode(`${unchanged} `)).toBe(`${unchanged}%20`)
  })

  it('writes no character that a header cannot hold, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCodePoint }), (text) => {
        expect(percentEncode(text)).toMatch(/^[!#$&-~]*$|^(?:[!#$&-~]|%[0-9A-F]{2})*$/)
      }),
    )
  })
})

describe('percentDecode', () => {
  it.each([
    ['the example of the specification', 'Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['plain text', '/orders/1?a=b#c', '/orders/1?a=b#c'],
    ['nothing', '', ''],
    ['lower-case hex', '%e2%82%ac%3f', '€?'],
    ['needless encodings', '%41%62%2F', 'Ab/'],
    ['what encodeURIComponent writes', encodeURIComponent('/a b?c=😀&!'), '/a b?c=😀&!'],
    ['one round only', '%2541', '%41'],
    ['an encoded percent sign before digits', '%2525', '%25'],
    ['a plus sign, which is none for a space', 'a+b%2B', 'a+b+'],
    ['controls and noncharacters, which the rules of attributes refuse', '%00%EF%BF%BF', '\u0000\uffff'],
    ['a byte order mark', '%EF%BB%BFa', '\ufeffa'],
    ['backslashes and brackets', '\\(a)\\', '\\(a)\\'],
  ])('decodes %s', (_name, text, expected) => {
    expect(decode(text)).toEqual({ decoded: expected, leniencies: [] })
  })

  it.each([
    ['an overlong space', '%C0%A0'],
    ['an overlong slash of three bytes', '%E0%80%AF'],
    ['an overlong slash of four bytes', '%F0%80%80%AF'],
    ['an overlong NUL', '%C0%80'],
    ['a surrogate', '%ED%A0%80'],
    ['a surrogate pair', '%ED%A0%BD%ED%B8%80'],
    ['a character cut short', 'a%E2%82'],
    ['a character cut short by a letter', '%E2%82a'],
    ['a character cut short by a raw character', '%C3©'],
    ['a character cut short by a lone percent sign', '%E2%82%A'],
    ['a continuation byte alone', '%A9'],
    ['ISO 8859-1', 'caf%E9'],
    ['beyond U+10FFFF', '%F4%90%80%80'],
    ['bytes that UTF-8 never has', '%FF'],
  ])('refuses %s', (_name, text) => {
    expect(decode(text).decoded).toBeUndefined()
  })

  it.each([
    ['at the end', '100%', '100%'],
    ['before a letter', '5%x41', '5%x41'],
    ['before one digit', '%4', '%4'],
    ['before another', '%%41', '%A'],
    ['many times', '%%%', '%%%'],
    ['before signed or spaced digits', '%+1%-1%', '%+1%-1%'],
    ['before digits of other scripts', '%\u0664\u0661', '%\u0664\u0661'],
  ])('keeps a lone percent sign %s and tells of it once', (_name, text, expected) => {
    const { decoded, leniencies } = decode(text)
    expect(decoded).toBe(expected)
    expect(leniencies.filter((leniency) => leniency === 'lone-percent')).toHaveLength(1)
  })

  it.each([
    ['a space', 'a b'],
    ['a double quote', '"a'],
    ['a letter beyond ASCII', 'é'],
    ['an emoji', '😀'],
    ['a tab', 'a\tb'],
    ['a DEL', '\u007f'],
    ['several of them', ' é "é" '],
  ])('keeps %s that nobody encoded and tells of it once', (_name, text) => {
    expect(decode(text)).toEqual({ decoded: text, leniencies: ['raw-text'] })
  })

  it('tells of both faults of one text, and decodes the rest', () => {
    expect(decode('é 100% %E2%82%AC')).toEqual({
      decoded: 'é 100% €',
      leniencies: ['raw-text', 'lone-percent'],
    })
  })

  it('takes spaces and quotes of a quoted text as they should be there', () => {
    expect(decode('a "b" %41', true)).toEqual({ decoded: 'a "b" A', leniencies: [] })
    expect(decode('a é', true)).toEqual({ decoded: 'a é', leniencies: ['raw-text'] })
  })

  it('finds nothing to tell in any visible ASCII character but the quote and the percent sign', () => {
    for (const character of unchanged) {
      expect(decode(character)).toEqual({ decoded: character, leniencies: [] })
    }
  })

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(arbString, (text) => {
        expect(decode(percentEncode(text))).toEqual({ decoded: text, leniencies: [] })
      }),
    )
  })

  it('gives a text or undefined for any text, never an error', () => {
    const texts = fc.string({
      unit: fc.constantFrom('%', '2', 'C', '0', 'a', 'E', 'g', '"', '\\', ' ', '€', '\ud800'),
    })
    fc.assert(
      fc.property(texts, (text) => {
        expect(['string', 'undefined']).toContain(typeof decode(text).decoded)
      }),
    )
  })
})

describe('unquote', () => {
  it.each([
    ['spaces', '"Euro € 😀"', 'Euro € 😀'],
    ['nothing', '""', ''],
    ['escaped quotes', '"say \\"hi\\""', 'say "hi"'],
    ['escaped backslashes', '"a\\\\b\\\\"', 'a\\b\\'],
    ['needless escapes', '"\\a\\b"', 'ab'],
    ['an escaped character of two units', '"\\😀"', '😀'],
    ['percent signs, which are left alone', '"a%20b"', 'a%20b'],
    ['one level only', '"\\"a\\""', '"a"'],
  ])('takes out of its quotes: %s', (_name, text, expected) => {
    expect(unquote(text)).toBe(expected)
  })

  it.each(['', '"', 'a', 'a"b"', '"a" b', '"a', 'a"', '"a"b"', '"a\\"', '"\\\\\\"', '"', "'a'", ' "a"'])(
    'leaves %p as it is',
    (text) => {
      expect(unquote(text)).toBe(text)
    },
  )

  it('undoes quoting', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', '\\', 'a', ' ', '😀', '\n') }), (text) => {
        expect(unquote(`"${text.replace(/["\\]/g, '\\$&')}"`)).toBe(text)
      }),
    )
  })
})

describe('time on long header values', () => {
  const encode = percentEncode
  const shapes: readonly (readonly [
    name: string,
    call: (text: string) => unknown,
    shape: (size: number) => string,
  ])[] = [
    ['encoding plain text with a late space', encode, (size) => `${'a'.repeat(size)} `],
    ['encoding single spaces', encode, (size) => 'a '.repeat(size / 2)],
    ['encoding emoji', encode, (size) => '😀'.repeat(size / 2)],
    ['encoding lone surrogates', encode, (size) => '\ud800'.repeat(size)],
    ['decoding plain text with a late space', decode, (size) => `${'a'.repeat(size)} `],
    ['decoding percent signs', decode, (size) => '%'.repeat(size)],
    ['decoding encoded letters', decode, (size) => '%41'.repeat(size / 3)],
    ['decoding encoded emoji', decode, (size) => '%F0%9F%98%80'.repeat(size / 12)],
    ['decoding letters with a late fault', decode, (size) => `${'%41'.repeat(size / 3)}%80`],
    ['unquoting quotes', unquote, (size) => '"'.repeat(size)],
    ['unquoting backslashes', unquote, (size) => `"${'\\'.repeat(size)}"`],
    ['unquoting escaped quotes', unquote, (size) => `"${'\\"'.repeat(size / 2)}"`],
    ['unquoting escaped quotes without an end', unquote, (size) => `"${'\\"'.repeat(size / 2)}`],
  ]

  it.each(shapes)('grows with the length and no faster: %s', (_name, call, shape) => {
    expect(growth(call, shape, 1_048_576)).toBeLessThan(quadratic)
  })
})

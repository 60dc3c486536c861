import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { elementTexts, memberText } from '../../adapters/core/span.ts'
import { arbJson } from './arbitraries.ts'

/** JSON text assembled part by part, so that the place of every part is known without a parser. */
const arbSpace = fc.constantFrom('', '', ' ', '\n', '\t \r\n')
const arbValue = fc
  .tuple(arbJson, fc.constantFrom<number | string>(0, 2, '\t'))
  .map(([value, space]) => JSON.stringify(value, undefined, space))
const arbSpelled = fc.oneof(
  arbValue,
  fc.constantFrom(
    '-0',
    '1E+2',
    '1.0',
    '"\\u0064\\"\\\\"',
    '"\\\\\\\\"',
    '{"data":"}"}',
    '[["]",{}],"["]',
    '"data"',
  ),
)
const arbName = fc.constantFrom(
  '"data"',
  '"d\\u0061ta"',
  '"dat"',
  '"data "',
  '"\\"data"',
  '"data\\\\"',
  '""',
  '"x"',
)
const arbMember = fc.tuple(arbSpace, arbName, arbSpace, arbSpace, arbSpelled, arbSpace)
const arbElement = fc.tuple(arbSpace, arbSpelled, arbSpace)

describe('the text of a member', () => {
  it('is what was written there, the last of the same name counting', () => {
    fc.assert(
      fc.property(arbSpace, fc.array(arbMember, { maxLength: 6 }), arbSpace, (before, members, after) => {
        const written = members.map(([a, name, b, c, value, d]) => `${a}${name}${b}:${c}${value}${d}`)
        const json = `${before}{${written.join(',')}}${after}`
        const named = members.filter(([, name]) => JSON.parse(name) === 'data')
        expect(memberText(json, 'data')).toBe(named.at(-1)?.[4])
      }),
      { numRuns: 500 },
    )
  })

  it('parses to what JSON.parse finds there', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), arbJson), fc.string(), arbJson, (others, name, value) => {
        const json = JSON.stringify({ ...others, [name]: value })
        expect(JSON.parse(memberText(json, name) ?? 'nothing')).toEqual(value)
      }),
    )
  })

  it.each([
    ['{}', undefined],
    ['{"a":{"data":1}}', undefined],
    ['{"a":"\\"data\\":1"}', undefined],
    ['{"data":{"data":1}}', '{"data":1}'],
    ['{"a":"}","data":2 }', '2'],
    ['{"\\\\":"\\\\","data":"\\\\"}', '"\\\\"'],
  ])('in %s is %s', (json, text) => {
    expect(memberText(json, 'data')).toBe(text)
  })

  it('is found in time that grows with the text, not with its square', () => {
    const long = (length: number) =>
      `{"a":"${'\\"'.repeat(length)}","b":"${'\\\\'.repeat(length)}","data":${'['.repeat(length)}${']'.repeat(length)}}`
    const started = performance.now()
    expect(memberText(long(300_000), 'data')).toHaveLength(600_000)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('the texts of elements', () => {
  it('are what was written there', () => {
    fc.assert(
      fc.property(arbSpace, fc.array(arbElement, { maxLength: 6 }), arbSpace, (before, elements, after) => {
        const json = `${before}[${elements.map((parts) => parts.join('')).join(',')}${elements.length === 0 ? after : ''}]${after}`
        expect(elementTexts(json)).toEqual(elements.map(([, text]) => text))
      }),
    )
  })
})

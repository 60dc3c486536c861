import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isPlain, percentEncode } from '../../adapters/core/percent.ts'
import { usualText } from '../../adapters/core/usual.ts'
import { checkAttribute } from '../../adapters/core/validate.ts'

const names = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'tenant']

/** Texts around the patterns: what they match, with one character in another place or of another kind. */
const nearlyUsual = (pattern: RegExp) =>
  fc
    .tuple(
      fc.stringMatching(pattern),
      fc.nat(60),
      fc.constantFrom('', '%', '/', ':', '2', '"', ' ', 'é', '\n'),
    )
    .map(([text, at, character]) => text.slice(0, at) + character + text.slice(at + 1))

describe('a usual text', () => {
  it.each(names)('keeps the rule of %s and needs no encoding', (name) => {
    const pattern = usualText(name, undefined) ?? /(?!)/
    let usual = 0
    fc.assert(
      fc.property(fc.oneof(fc.stringMatching(pattern), nearlyUsual(pattern), fc.string()), (text) => {
        if (!pattern.test(text)) return
        usual++
        expect(checkAttribute(name, text)).toBeUndefined()
        expect(isPlain(text)).toBe(true)
        expect(percentEncode(text)).toBe(text)
      }),
      { numRuns: 2000 },
    )
    expect(usual).toBeGreaterThan(500)
  })

  it.each([
    ['specversion', '1.0'],
    ['id', '4d3c-9e2f'],
    ['source', '/orders/eu'],
    ['source', 'https://shop.example.com/orders'],
    ['type', 'com.example.order.created'],
    ['time', '2026-01-31T12:00:00Z'],
    ['time', '2026-12-30T23:59:59.123456+05:30'],
    ['tenant', 'tenant-7'],
  ])('is, of %s, %s', (name, text) => {
    expect(usualText(name, undefined)?.test(text)).toBe(true)
  })

  it.each(['datacontenttype', 'dataschema', 'data', 'data_base64', '__proto__', 'Tenant', ''])(
    'is none of "%s"',
    (name) => expect(usualText(name, undefined)).toBeUndefined(),
  )

  it('is none of an extension that is read as something else', () => {
    expect(usualText('sampledrate', 'Integer')).toBeUndefined()
    expect(usualText('tenant', 'String')?.test('tenant-7')).toBe(true)
  })
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

export type Predicate = (text: string) => boolean

/** A text longer than any that a memo keeps. */
export const LONG = 'a'.repeat(300)

/** One test for each text, and one for all in any order: a memo of the last valid text must not show. */
export function describePredicate(
  name: string,
  holds: Predicate,
  { valid, invalid }: { readonly valid: readonly string[]; readonly invalid: readonly string[] },
): void {
  describe(name, () => {
    it.each(valid.map((text) => [text]))('accepts %j', (text) => {
      expect([holds(text), holds(text)]).toEqual([true, true])
    })

    it.each(invalid.map((text) => [text]))('refuses %j', (text) => {
      expect([holds(text), holds(text)]).toEqual([false, false])
    })

    it('answers the same in any order', () => {
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...valid, ...invalid), { maxLength: 20 }), (texts) => {
          for (const text of texts) expect(holds(text)).toBe(valid.includes(text))
        }),
      )
    })
  })
}

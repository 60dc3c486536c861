import { describe, expect, it } from '@jest/globals'
import { MatchingTexts } from '../../adapters/core/matching-texts.ts'

describe('MatchingTexts', () => {
  const texts = () => new MatchingTexts(/^[a-z0-9]+$/)

  it('has what matches, the second time as well', () => {
    const some = texts()
    expect([some.has('a'), some.has('a')]).toEqual([true, true])
  })

  it.each([['A'], [''], [undefined], [7], [['a']]])('has no %p, however often it is asked', (text) => {
    const some = texts()
    expect([some.has(text), some.has(text)]).toEqual([false, false])
  })

  it('tells the same of texts beyond those that it remembers', () => {
    const some = texts()
    for (let i = 0; i < 500; i++) expect(some.has(`a${i}`)).toBe(true)
    expect([some.has('a499'), some.has('a0'), some.has('A0')]).toEqual([true, true, false])
  })
})

import { describe, expect, it } from '@jest/globals'
import { HeaderNames } from '../../adapters/core/header-names.ts'

function filled(): HeaderNames {
  const names = new HeaderNames('ce-', 'content-type', new Map([['own', 'Integer']]))
  for (let n = 0; n < 5_000; n++) {
    names.attributeOf(`ce-stranger${n}`)
    names.attributeOf(`x-stranger-${n}`)
    names.placeOf(`stranger${n}`)
  }
  return names
}

describe('names of headers, after more of them than are remembered', () => {
  it.each(['ce-id', 'ce-own', 'CE-ID'])('%s is remembered when read', (header) => {
    const names = filled()
    const attribute = names.attributeOf(header)
    expect(attribute?.isFolded).toBe(header === 'CE-ID')
    expect(names.attributeOf(header)).toBe(attribute)
  })

  it('an attribute is remembered when written', () => {
    const names = filled()
    const place = names.placeOf('subject')
    expect(place.header).toBe('ce-subject')
    expect(names.placeOf('subject')).toBe(place)
  })
})

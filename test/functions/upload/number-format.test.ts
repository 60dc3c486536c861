import { describe, expect, it } from '@jest/globals'
import { dateKindOf } from '../../../functions/upload/xlsx/number-format.ts'

describe('a number format', () => {
  it.each([
    ['[$-409]d/m/yyyy', 'date'],
    ['[Red][<0]h:mm', 'time'],
    ['[mm]:ss', 'elapsed'],
    ['[[Red]yyyy', 'date'],
    ['0.00[yyyy', undefined],
  ])('%s shows %s', (code, kind) => {
    expect(dateKindOf(164, code)).toBe(kind)
  })

  it('shows no date when it is longer than Excel takes', () => {
    expect(dateKindOf(164, `yyyy${'"'.repeat(250)}-`)).toBe('date')
    expect(dateKindOf(164, `yyyy${'"'.repeat(251)}-`)).toBeUndefined()
  })
})

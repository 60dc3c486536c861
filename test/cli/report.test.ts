import { describe, expect, test } from '@jest/globals'
import { PublishError, WaybillError } from '../../adapters/index.ts'
import { detailOf, errorText, isMisuse, joined, located, reasonOf } from '../../cli/report.ts'

const failure = new WaybillError('ERR_INPUT', 'row 1: [waybill] is no column:\n  rename it', {
  adapter: 'extract-subset',
})

describe('a failure is misuse, which running again does not help,', () => {
  const denied = new WaybillError('ERR_CONFIG', 'is refused: check the credentials', { adapter: 'kafka' })
  const away = new WaybillError('ERR_TIMEOUT', 'no answer', { adapter: 'kafka' })
  const refused = (...errors: readonly unknown[]) =>
    new PublishError(
      'some records',
      errors.map((error, index) => ({ index, error })),
    )

  test.each<[string, unknown, boolean]>([
    ['of a setting', denied, true],
    ['of time', away, false],
    ['of credentials, told of each record', refused(denied, denied), true],
    ['of one record, told beside that of the credentials', refused(denied, away), false],
    ['of nobody knows what', refused(), false],
    ['of several settings', new AggregateError([denied, refused(denied)]), true],
    ['of several, one of them passing', new AggregateError([denied, away]), false],
  ])('where it is one %s: %#', (_, error, is) => {
    expect(isMisuse(error)).toBe(is)
  })
})

describe('an error that another one quotes', () => {
  test('is quoted without the name that opens it, whatever the name, and with every other bracket', () => {
    expect(detailOf(failure)).toBe('row 1: [waybill] is no column:\n  rename it')
    expect(reasonOf(failure)).toBe('row 1: [waybill] is no column: rename it')
    expect(detailOf(new Error('[waybill] is a text of someone else'))).toBe(
      '[waybill] is a text of someone else',
    )
  })

  test('tells the place of a fault that a parser names in its second line', () => {
    const syntax = new SyntaxError('ParseError: Unexpected token  \n /shop/waybill.config.ts:2:12')
    expect(reasonOf(syntax)).toBe('ParseError: Unexpected token (/shop/waybill.config.ts:2:12)')
    expect(reasonOf(new Error('refused\n  user:secret'))).toBe('refused')
  })

  test('keeps its code and name where a place is put in front', () => {
    const error = located('functions.f', failure)
    expect(error).toMatchObject({ code: 'ERR_INPUT', adapter: 'extract-subset', cause: failure })
    expect(errorText(error, false)).toBe(
      '[extract-subset] functions.f: row 1: [waybill] is no column:\n  rename it',
    )
    expect(located('events.jsonl', new Error('EISDIR'))).toMatchObject({ message: 'events.jsonl: EISDIR' })
  })

  test('is itself where it is alone, else a line among others', () => {
    expect(joined('not everything could be closed', [failure])).toBe(failure)
    const other = new WaybillError('ERR_CLOSED', 'closed: open it')
    expect(joined('not everything could be closed', [other, new Error('b')])).toMatchObject({
      message: 'not everything could be closed:\n  closed: open it\n  b',
    })
  })
})

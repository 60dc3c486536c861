import { describe, expect, it } from '@jest/globals'
import { type CloudEvent, codeOf, messageOf } from '../../adapters/index.ts'
import { createHandler } from '../../functions/extract-subset/handler.ts'
import { call, row } from './call.ts'

const airport = { iata: '00M', name: 'Thigpen', city: 'Bay Springs', state: 'MS' }

async function only(events: Promise<CloudEvent[]>): Promise<CloudEvent> {
  const [event, ...more] = await events
  if (event === undefined || more.length > 0) throw new Error(`${more.length} events too many`)
  return event
}

describe('extract-subset', () => {
  it('selects and renames columns in the order of its options', async () => {
    const handler = createHandler({ columns: { place: 'city', code: 'iata' } })
    const { data } = await only(call(handler, row(airport)))
    expect(Object.entries(data ?? {})).toEqual([
      ['place', 'Bay Springs'],
      ['code', '00M'],
    ])
  })

  it('keeps subject, key, row, sequence and time, and makes an id that a retry repeats', async () => {
    const handler = createHandler({ columns: { code: 'iata' } })
    const [first, again] = [await only(call(handler, row(airport))), await only(call(handler, row(airport)))]
    expect(first).toEqual({ ...row({ code: '00M' }), id: 'f-17/subset', row: '17' })
    expect(again).toEqual(first)
  })

  it('keeps all columns, and their bytes, where none are selected', async () => {
    const { data } = await only(call(createHandler(), row(airport)))
    expect(data).toEqual(airport)
  })

  it('leaves out a column that the row does not have', async () => {
    const handler = createHandler({ columns: { code: 'iata', lat: 'latitude' } })
    expect((await only(call(handler, row(airport)))).data).toEqual({ code: '00M' })
  })

  it('keeps columns with the names of object members', async () => {
    const handler = createHandler({ columns: { constructor: 'toString' }, required: ['toString'] })
    const { data } = await only(call(handler, row({ toString: 'text' })))
    expect(Object.entries(data ?? {})).toEqual([['constructor', 'text']])
    await expect(call(handler, row(airport))).rejects.toThrow('column "toString" is missing')
  })

  it.each([
    ['absent', { name: 'Thigpen', city: 'Bay Springs' }, 'the row has name, city'],
    ['blank', { iata: ' \t' }, 'it is blank'],
    ['null', { iata: null }, 'it is blank'],
    ['a text that stands for no value', { iata: 'NA ' }, 'it holds "NA"'],
    ['absent from a row without columns', {}, 'the row has no columns'],
  ])('dead-letters a row whose required column is %s', async (_what, data, reason) => {
    const handler = createHandler({ required: ['iata'], absent: ['NA'] })
    const error = await call(handler, row(data)).catch((thrown: unknown) => thrown)
    expect(codeOf(error)).toBe('ERR_TERMINAL')
    expect(messageOf(error)).toBe(`column "iata" is missing in row 17 of airports.csv: ${reason}`)
  })

  it('names ten of many columns', async () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`c${at + 1}`, 'x']))
    await expect(call(createHandler({ required: ['iata'] }), row(many))).rejects.toThrow(
      'the row has c1, c2, c3, c4, c5, c6, c7, c8, c9, c10 and 2 more',
    )
  })

  it('takes a number, and text that stands for no value elsewhere, for a value', async () => {
    const handler = createHandler({ required: ['zip'] })
    expect((await only(call(handler, row({ zip: 0 })))).data).toEqual({ zip: 0 })
    expect((await only(call(handler, row({ zip: 'NA' })))).data).toEqual({ zip: 'NA' })
  })

  it('dead-letters a row with more cells than columns', async () => {
    await expect(call(createHandler(), row(airport, { surplus: '["x"]' }))).rejects.toThrow(
      'more cells than columns in row 17 of airports.csv: put quotes around cells that hold the delimiter',
    )
  })

  it.each([
    ['a list', ['a']],
    ['a text', 'a'],
    ['absent', undefined],
  ])('dead-letters data that are %s', async (_what, data) => {
    const error = await call(createHandler(), row(data)).catch((thrown: unknown) => thrown)
    expect(codeOf(error)).toBe('ERR_TERMINAL')
    expect(messageOf(error)).toContain('the data of row 17 of airports.csv are no columns')
  })

  it.each([
    [{ colums: {} }, 'unknown option "colums": did you mean "columns"?'],
    [{ columns: ['a'] }, "columns: give { newName: 'column of the file' }"],
    [{ columns: { a: '' } }, 'columns: a:'],
    [{ required: 'iata' }, 'required: give a list of texts'],
    [
      { columns: { code: 'iata' }, required: ['code'] },
      'required: "code" is a new name: give the name in the file, "iata"',
    ],
    [7, 'give { columns, required, absent }'],
  ])('refuses the options %j', (options, problem) => {
    const error = thrownBy(() => Reflect.apply(createHandler, undefined, [options]))
    expect(codeOf(error)).toBe('ERR_CONFIG')
    expect(messageOf(error)).toContain(`[extract-subset] ${problem}`)
  })
})

function thrownBy(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

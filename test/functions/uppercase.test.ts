import { describe, expect, it } from '@jest/globals'
import { createHandler } from '../../functions/uppercase/handler.ts'
import { call, row } from './call.ts'

describe('uppercase', () => {
  it('changes every text and nothing else', async () => {
    const [event, ...more] = await call(
      createHandler(),
      row({ name: 'Straße café', elevation: 7, open: true, gate: null }),
    )
    expect(more).toEqual([])
    expect(event?.data).toEqual({ name: 'STRASSE CAFÉ', elevation: 7, open: true, gate: null })
  })

  it('changes the named columns only', async () => {
    const handler = createHandler({ columns: ['city', 'county'] })
    const [event] = await call(handler, row({ name: 'Thigpen', city: 'Bay Springs' }))
    expect(event?.data).toEqual({ name: 'Thigpen', city: 'BAY SPRINGS' })
  })

  it('keeps subject, key, row, sequence and time, and makes an id that a retry repeats', async () => {
    const [[first], [again]] = [
      await call(createHandler(), row({ a: 'b' })),
      await call(createHandler(), row({ a: 'b' })),
    ]
    expect(first).toEqual({ ...row({ a: 'B' }), id: 'f-17/uppercase', row: '17' })
    expect(again).toEqual(first)
  })

  it('keeps columns with the names of object members', async () => {
    const [event] = await call(createHandler(), row(JSON.parse('{"__proto__":"a","constructor":"b"}')))
    expect(JSON.stringify(event?.data)).toBe('{"__proto__":"A","constructor":"B"}')
  })

  it('dead-letters data that are no columns', async () => {
    await expect(call(createHandler(), row(['a']))).rejects.toMatchObject({
      code: 'ERR_TERMINAL',
      message: 'the data of event f-17 are no columns: send { "column": "value", … }',
    })
  })

  it.each([
    [{ column: ['a'] }, '[uppercase] unknown option "column": did you mean "columns"?'],
    [{ columns: 'a' }, '[uppercase] columns: give a list of column names'],
    [null, '[uppercase] give { columns }'],
  ])('refuses the options %j', (options, message) => {
    expect(() => Reflect.apply(createHandler, undefined, [options])).toThrow(message)
  })
})

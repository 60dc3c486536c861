import { describe, expect, it } from '@jest/globals'
import { decodeJsonBatch, encodeJsonBatch } from '../../adapters/core/json.ts'
import { bytesOf, envelope, event, textOf, thrownBy } from './events.ts'

function decode(text: string) {
  return decodeJsonBatch(bytesOf(text))
}

describe('a batch', () => {
  it('may be empty', () => {
    expect(decode('[]')).toEqual([])
    expect(decode(' [ \n ] ')).toEqual([])
    expect(textOf(encodeJsonBatch([]))).toBe('[]')
  })

  it('keeps its events in order, of any type and source', () => {
    const events = [
      event({ id: 'a', type: 'x' }),
      event({ id: 'b', source: '/other', data: [1] }),
      event({ id: 'c' }),
    ]
    expect(decodeJsonBatch(encodeJsonBatch(events)).map((each) => ({ ...each }))).toEqual(
      events.map((each) => ({ ...each })),
    )
  })

  it('relays the data of each event untouched', () => {
    const data = ['{"n":9007199254740993}', '"],[{"', '[1.0 , -0]', 'null', '{"a":{"b":[]}}']
    const text = `[ ${data.map((each) => envelope(`"data":${each}`)).join(' ,\n ')} ]`
    const again = textOf(encodeJsonBatch(decode(text)))
    for (const each of data) expect(again).toContain(`"data":${each}`)
  })

  it.each(['{}', 'null', '"[]"', '7', envelope()])('is a JSON array: %s is refused', (text) => {
    expect(thrownBy(() => decode(text))).toMatchObject({
      code: 'ERR_DECODE',
      message: '[waybill] a batch is not a JSON array: send [event, …]',
    })
  })

  it('names the index of the event that is wrong, and its rules', () => {
    const bad = '{"specversion":"1.0","id":"2","source":"/orders"}'
    expect(thrownBy(() => decode(`[${envelope()},${envelope('"data":1')},${bad}]`))).toMatchObject({
      code: 'ERR_DECODE',
      message:
        '[waybill] event 2 of the batch: not a valid CloudEvent: "type" is missing: every event needs specversion, id, source and type',
      violations: [{ attribute: 'type', rule: 'required' }],
    })
  })

  it('names the index of an element that is no object', () => {
    expect(thrownBy(() => decode(`[${envelope()},5]`))).toMatchObject({
      message: expect.stringContaining('event 1 of the batch: the event is a number'),
    })
  })

  it('names no index where the whole is no JSON', () => {
    expect(thrownBy(() => decode('[{},'))).toMatchObject({
      message: expect.not.stringContaining('of the batch'),
    })
  })

  it('refuses to write an event that breaks a rule', () => {
    expect(thrownBy(() => encodeJsonBatch([event(), { ...event(), id: '' }]))).toMatchObject({
      code: 'ERR_INVALID_EVENT',
    })
  })
})

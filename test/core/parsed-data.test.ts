import { describe, expect, it, jest } from '@jest/globals'
import { dataOf } from '../../adapters/core/data.ts'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { documentedExtensions } from '../../adapters/core/extensions.ts'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { decodeJson, encodeJson } from '../../adapters/core/json.ts'
import { layoutOf } from '../../adapters/core/layout.ts'
import { eventOfLayout, startOf } from '../../adapters/core/layout-event.ts'
import { bytesOf, envelope, textOf, thrownBy } from './events.ts'

const binding = headerBinding({ name: 'test', prefix: 'ce-' })

function documentOf(data: string): string {
  return envelope(`"datacontenttype":"application/json","data":${data}`)
}

function byLayout(data: string): CloudEvent {
  const json = documentOf(data)
  const layout = layoutOf(JSON.parse(json), json, documentedExtensions)
  const found = layout?.head.exec(startOf(json))
  const event = layout && found ? eventOfLayout(layout, found, json) : undefined
  if (event === undefined) throw new Error(`not read by a layout: ${json}`)
  return event
}

function bodyAfter(event: CloudEvent): string {
  return textOf(binding.encode(event).body)
}

describe.each([
  ['read without a layout', (data: string) => decodeJson(bytesOf(documentOf(data)))],
  ['read by its layout', byLayout],
])('data of a structured event that is %s', (_, received) => {
  it.each([
    '{ "n": 9007199254740993 }',
    '[1.0, -0, 1e400]',
    '{"b":1,"a":2,"b":3,"1":4}',
    '"\\u0061"',
    '1.50',
    '-0',
    'null',
    'true',
  ])('are relayed as they were written, read or not: %s', (json) => {
    for (const isRead of [false, true]) {
      const event = received(json)
      if (isRead) expect(event.data).toEqual(JSON.parse(json))
      expect(bodyAfter(event)).toBe(json)
      expect(textOf(encodeJson(event))).toContain(`"data":${json}`)
    }
  })

  it('are an own property as any other, and the last', () => {
    const event: CloudEvent = received('{"a":1}')
    expect(Object.entries(event).at(-1)).toEqual(['data', { a: 1 }])
    expect(structuredClone(event)).toEqual({ ...event })
    expect(event.data).toBe(event.data)
  })

  it.each([[5], ['5'], [null], [false], [[1]], [{ a: 2 }]])(
    'are what was put in their place: %j',
    (data: unknown) => {
      const event = Object.assign(received('{"a":1}'), { data })
      expect(bodyAfter(event)).toBe(JSON.stringify(data))
      expect(JSON.parse(textOf(encodeJson(event)))).toHaveProperty('data', data)
    },
  )

  it.each([
    ['another number', '1', 2],
    ['the other zero', '0', -0],
    ['a text for the same number', '1', '1'],
    ['an object for null', 'null', {}],
    ['null for an object', '{}', null],
  ])('are what was put in their place, however like it is: %s', (_, json, data: unknown) => {
    expect(bodyAfter(Object.assign(received(json), { data }))).toBe(JSON.stringify(data))
  })

  it('are bytes where bytes were put in their place', () => {
    const event = Object.assign(received('{"a":1}'), { data: new Uint8Array([1, 2]) })
    expect([...(binding.encode(event).body ?? [])]).toEqual([1, 2])
    expect(JSON.parse(textOf(encodeJson(event)))).toMatchObject({ data_base64: 'AQI=' })
  })

  it('are written to the same bytes before and after they are read', () => {
    const event = received('{"a":[1]}')
    const before = dataOf(event)?.bytes()
    expect(event.data).toEqual({ a: [1] })
    expect(dataOf(event)?.bytes()).toBe(before)
  })

  it('are as they were written where the same was put in their place', () => {
    const event = received('{ "n": 1.0 }')
    expect(bodyAfter(Object.assign(event, { data: { n: 1 } }))).toBe('{ "n": 1.0 }')
  })

  it('are none where they were taken out', () => {
    const event = received('{"a":1}')
    Reflect.deleteProperty(event, 'data')
    expect(JSON.parse(textOf(encodeJson(event)))).not.toHaveProperty('data')
  })

  it('are refused where JSON has no such value', () => {
    const event = Object.assign(received('{"a":1}'), { data: () => {} })
    expect(thrownBy(() => encodeJson(event))).toMatchObject({ code: 'ERR_INVALID_EVENT' })
  })

  it('are read apart each time the document is read', () => {
    const first = received('{"list":[]}')
    Object.assign(Object(first.data), { list: [1] })
    expect(received('{"list":[]}').data).toEqual({ list: [] })
  })
})

it('bytes that are put in the place of parsed data are sent, whatever they would be as JSON', () => {
  for (const [data, bytes] of [
    ['{}', new Uint8Array(0)],
    ['{"0":1}', new Uint8Array([1])],
  ] as const) {
    const event = Object.assign(byLayout(data), { data: bytes })
    expect(binding.encode(event).body).toEqual(bytes)
  }
})

describe('long data of a structured event', () => {
  const long = `{ "n": 9007199254740993, "text": "${'x'.repeat(2_000)}" }`

  it('are relayed as they were written, read or not', () => {
    const event = byLayout(long)
    expect(bodyAfter(event)).toBe(long)
    expect(event.data).toEqual(JSON.parse(long))
    expect(bodyAfter(event)).toBe(long)
  })

  it('are relayed without being written again where nobody has read them', () => {
    const event = byLayout(long)
    const written = jest.spyOn(JSON, 'stringify')
    try {
      binding.encode(event)
      expect(written).not.toHaveBeenCalled()
    } finally {
      written.mockRestore()
    }
  })

  it('are what they were changed to, or what was put in their place', () => {
    const changed = byLayout(long)
    Object.assign(Object(changed.data), { n: 1, text: '' })
    expect(bodyAfter(changed)).toBe('{"n":1,"text":""}')
    const replaced = Object.assign(byLayout(long), { data: [1] })
    expect(Object.entries(replaced).at(-1)).toEqual(['data', [1]])
    expect(bodyAfter(replaced)).toBe('[1]')
  })
})

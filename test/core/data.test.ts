import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { decodeJson, encodeJson } from '../../adapters/core/json.ts'
import { bytesOf, envelope, event, textOf, thrownBy } from './events.ts'

const binding = headerBinding({ name: 'test', prefix: 'ce-' })
const required = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/orders', 'ce-type': 'placed' }

function received(contentType: string, body: Uint8Array | string): CloudEvent {
  const bytes = typeof body === 'string' ? bytesOf(body) : body
  return binding.decode({ body: bytes, headers: { ...required, 'content-type': contentType } })
}

function bodyAfter(read: CloudEvent): string {
  return textOf(binding.encode(read).body)
}

describe('data that cannot be read', () => {
  it('leaves the attributes readable', () => {
    const read = received('application/json', '{"a":')
    expect([read.id, read.type, read.datacontenttype]).toEqual(['1', 'placed', 'application/json'])
    expect(Object.keys(read)).toContain('data')
  })

  it.each([
    ['application/json', '{"a":', '[waybill] data is not valid JSON: send it as its datacontenttype says'],
    ['application/json', '\ufeff{}', '[waybill] data is not valid JSON: send it as its datacontenttype says'],
    [
      'text/plain',
      new Uint8Array([0xff]),
      '[waybill] data is not valid UTF-8: send it as its datacontenttype says',
    ],
  ])('fails with ERR_DECODE when it is read, each time: %s %j', (type, body, message) => {
    const read = received(type, body)
    for (let time = 0; time < 2; time++)
      expect(thrownBy(() => read.data)).toMatchObject({ code: 'ERR_DECODE', message })
  })

  it('is relayed as it came', () => {
    const bytes = new Uint8Array([0xff, 0x7b])
    expect(binding.encode(received('application/json', bytes)).body).toEqual(bytes)
  })
})

describe('data that is read', () => {
  it('is the same object at every read', () => {
    const read = received('application/json', '{"a":[]}')
    expect(read.data).toBe(read.data)
  })

  it('is text with its byte order mark, as only the sender knows whether that belongs to it', () => {
    expect(received('text/plain', '\ufeffa').data).toBe('\ufeffa')
  })

  it.each([
    ['{"n": 9007199254740993}'],
    ['[1.0, -0, 1e400]'],
    ['{"b":1,"a":2,"b":3,"1":4}'],
    ['"text"'],
    ['null'],
    [' { } '],
  ])('keeps its bytes when it is not changed: %s', (json) => {
    const read = received('application/json', json)
    expect(read.data).toEqual(JSON.parse(json))
    expect(bodyAfter(read)).toBe(json)
  })

  it('is written anew when it was changed, however deep inside', () => {
    const read = received('application/json', '{"list":[{"n":1}], "big":9007199254740993}')
    const data: { list?: { n: number }[] } = Object(read.data)
    data.list?.push({ n: 2 })
    expect(bodyAfter(read)).toBe('{"list":[{"n":1},{"n":2}],"big":9007199254740992}')
    expect(textOf(encodeJson(read))).toContain('"data":{"list":[{"n":1},{"n":2}],"big":9007199254740992}')
  })

  it('keeps its bytes when a change was taken back', () => {
    const read = received('application/json', '{ "a": 1 }')
    const data: { a?: number } = Object(read.data)
    data.a = 2
    data.a = 1
    expect(bodyAfter(read)).toBe('{ "a": 1 }')
  })

  it('is written anew in structured mode too', () => {
    const read = decodeJson(bytesOf(envelope('"data":{"a":1}')))
    const data: { a?: number } = Object(read.data)
    data.a = 2
    expect(JSON.parse(textOf(encodeJson(read)))).toHaveProperty('data', { a: 2 })
  })

  it('is written anew when its bytes were changed', () => {
    const read = received('application/octet-stream', new Uint8Array([1, 2, 3]))
    if (!(read.data instanceof Uint8Array)) throw new Error('data are no bytes')
    read.data[0] = 9
    expect(binding.encode(read).body).toEqual(new Uint8Array([9, 2, 3]))
    expect(JSON.parse(textOf(encodeJson(read)))).toHaveProperty('data_base64', 'CQID')
  })

  it.each([
    ['a plain array', new Uint8Array([1, 2, 3])],
    ['a Buffer, whose slice is a view', Buffer.from([1, 2, 3])],
    ['a part of a larger memory', Buffer.from([0, 1, 2, 3, 0]).subarray(1, 4)],
  ])(
    'is a copy of the message, which may be %s: changing it changes neither the message nor what the next reader gets',
    (_, body) => {
      const message = { body, headers: { ...required, 'content-type': 'application/octet-stream' } }
      const first = binding.decode(message)
      if (!(first.data instanceof Uint8Array)) throw new Error('data are no bytes')
      first.data.fill(0)
      expect([...body]).toEqual([1, 2, 3])
      expect(binding.decode(message).data).toEqual(new Uint8Array([1, 2, 3]))
    },
  )
})

describe('deeply nested data', () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000)

  it('is relayed, read or not', () => {
    for (const isRead of [false, true]) {
      const read = decodeJson(bytesOf(envelope(`"data":${deep}`)))
      if (isRead) expect(Array.isArray(read.data)).toBe(true)
      expect(textOf(encodeJson(read))).toContain(deep)
      expect(bodyAfter(read)).toBe(deep)
    }
  })
})

describe('a received event', () => {
  const read = received('application/json', '{"a":1}')
  const plain = {
    specversion: '1.0',
    id: '1',
    source: '/orders',
    type: 'placed',
    datacontenttype: 'application/json',
    data: { a: 1 },
  }

  it('spreads as a plain object does', () => {
    expect({ ...read }).toEqual(plain)
    expect({ ...read, type: 'paid' }).toEqual({ ...plain, type: 'paid' })
    const { data, ...attributes } = read
    expect(data).toEqual({ a: 1 })
    expect(attributes).not.toHaveProperty('data')
  })

  it('is a CloudEvent in JSON.stringify', () => {
    expect(JSON.parse(JSON.stringify(read))).toEqual(plain)
    const bytes = received('image/png', new Uint8Array([0, 255]))
    expect(JSON.parse(JSON.stringify(bytes))).toMatchObject({
      datacontenttype: 'image/png',
      data_base64: 'AP8=',
    })
    expect(JSON.parse(JSON.stringify(bytes))).not.toHaveProperty('data')
    expect(decodeJson(bytesOf(JSON.stringify(bytes))).data).toEqual(new Uint8Array([0, 255]))
  })

  it('keeps null data, and adds none, in JSON.stringify', () => {
    expect(JSON.stringify(decodeJson(bytesOf(envelope('"data":null'))))).toBe(envelope('"data":null'))
    expect(JSON.stringify(decodeJson(bytesOf(envelope())))).toBe(envelope())
  })

  it('passes structuredClone', () => {
    expect(structuredClone(read)).toEqual(plain)
    expect(structuredClone(received('image/png', new Uint8Array([1]))).data).toEqual(new Uint8Array([1]))
  })

  it('is shown by console.log as the plain object it stands for', () => {
    expect(inspect(read)).toBe(inspect(plain))
    expect(inspect({ nested: { event: read } }, { depth: 5 })).toBe(
      inspect({ nested: { event: plain } }, { depth: 5 }),
    )
  })

  it('is shown also when its data cannot be read', () => {
    expect(inspect(received('application/json', '{'))).toContain("type: 'placed'")
  })

  it('shows its data to Object.keys, in and entries', () => {
    expect(Object.keys(read)).toEqual(Object.keys(plain))
    expect('data' in read && Object.hasOwn(read, 'data')).toBe(true)
    expect(Object.entries(read)).toEqual(Object.entries(plain))
  })

  it('does not let its data be replaced unnoticed', () => {
    expect(() => Object.assign(read, { data: 5 })).toThrow(TypeError)
    expect(read.data).toEqual({ a: 1 })
  })

  it('compares with the event that was published, once both are plain', () => {
    const sent = event({ id: '1', data: { a: [1, null] } })
    expect({ ...binding.decode(binding.encode(sent)) }).toEqual({ ...sent })
  })
})

describe('half a character in data', () => {
  const half = 'ab\ud83d'

  it.each(['text/plain', 'application/xml', 'application/octet-stream', 'text/plain; charset=utf-8'])(
    'is refused as %s, in headers and in JSON, and told where',
    (datacontenttype) => {
      for (const mode of ['binary', 'structured'] as const)
        expect(
          thrownBy(() => binding.encode(event({ id: '1', datacontenttype, data: half }), { mode })),
        ).toMatchObject({
          code: 'ERR_INVALID_EVENT',
          message: expect.stringContaining('"data" has a lone surrogate at index 2'),
          violations: [{ attribute: 'data', rule: 'utf-8' }],
        })
    },
  )

  it('travels escaped in JSON', () => {
    const data = { [half]: [half] }
    const read = binding.decode(binding.encode(event({ id: '1', datacontenttype: 'application/json', data })))
    expect(read.data).toEqual(data)
  })

  it('is no half beside its other', () => {
    const sent = event({ id: '1', datacontenttype: 'text/plain', data: 'a\ud83d\ude00' })
    expect(binding.decode(binding.encode(sent)).data).toBe('a\ud83d\ude00')
  })
})

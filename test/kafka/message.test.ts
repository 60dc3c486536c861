import { describe, expect, it } from '@jest/globals'
import { deadLetterMessage } from '../../adapters/core/dead-letter.ts'
import { kafkaBinding } from '../../adapters/kafka/binding.ts'
import { headersOfLambda } from '../../adapters/kafka/lambda-headers.ts'
import { messageOfRecord, type ReceivedRecord, recordOf } from '../../adapters/kafka/message.ts'

const bytes = (...values: number[]) => Buffer.from(values)
const text = (value: string) => Buffer.from(value)
const required = {
  ce_specversion: text('1.0'),
  ce_id: text('a1'),
  ce_source: text('/orders'),
  ce_type: text('placed'),
}

function record(given: Partial<ReceivedRecord> = {}): ReceivedRecord {
  return { key: null, value: null, headers: {}, ...given }
}

describe('the message of a record', () => {
  it('has the headers and the key as text, and the value as it is', () => {
    const value = bytes(0, 255)
    const message = messageOfRecord({ key: text('Zürich'), value, headers: { a: text('€'), b: 'as text' } })
    expect(message).toEqual({ key: 'Zürich', body: value, headers: { a: '€', b: 'as text' } })
    expect(message.body).toBe(value)
    expect(message).not.toHaveProperty('headerValues')
  })

  it.each([[{}], [{ key: null, value: null }], [{ key: undefined, value: undefined, headers: undefined }]])(
    'takes what is absent for absent: %j',
    (given) => {
      expect(messageOfRecord(given)).toEqual({ body: null, headers: {} })
    },
  )

  it('tells an empty value and an empty key from absent ones', () => {
    expect(messageOfRecord(record({ key: bytes(), value: bytes() }))).toMatchObject({
      key: '',
      body: bytes(),
    })
  })

  it('has the last of repeated headers, and all in order', () => {
    const headers = { a: [text('1'), text('2')], b: [text('only')], c: text('3') }
    expect(messageOfRecord(record({ headers }))).toEqual({
      body: null,
      headers: { a: '2', b: 'only', c: '3' },
      headerValues: { a: ['1', '2'] },
    })
  })

  it('keeps the bytes of a header that is no UTF-8, whatever comes beside it', () => {
    const headers = { a: bytes(0x5a, 0xfc), b: [bytes(0xc0, 0xa0), text('ok')] }
    expect(messageOfRecord(record({ headers }))).toEqual({
      body: null,
      headers: { a: 'Z\ufffd', b: 'ok' },
      headerValues: { a: [bytes(0x5a, 0xfc)], b: [bytes(0xc0, 0xa0), 'ok'] },
    })
  })

  it('keeps a byte order mark and the replacement character where they were sent', () => {
    const { headers } = messageOfRecord(record({ headers: { a: text('\ufeffx'), b: text('\ufffd') } }))
    expect(headers).toEqual({ a: '\ufeffx', b: '\ufffd' })
  })

  it('leaves headers without a value out', () => {
    const headers = { a: null, b: undefined, c: [null, text('c')], d: [] }
    expect(messageOfRecord(record({ headers }))).toEqual({ body: null, headers: { c: 'c' } })
  })

  it('is not misled by headers with names of members of every object', () => {
    const named: ReceivedRecord = JSON.parse('{"headers":{"__proto__":["a","b"],"toString":"x"}}')
    // What kafkajs makes of a header named constructor, which it looks up in a plain object.
    Object.assign(named.headers ?? {}, { constructor: [Object, text('c')] })
    const message = messageOfRecord(named)
    expect(Object.getPrototypeOf(message.headers)).toBe(Object.prototype)
    expect(Object.entries(message.headers)).toEqual([
      ['toString', 'x'],
      ['constructor', 'c'],
    ])
    expect(message.headerValues).toBeUndefined()
  })
})

describe('the record of a message', () => {
  it.each<[string, ReceivedRecord]>([
    ['plain', { key: text('k'), value: text('v'), headers: { a: text('1') } }],
    ['a tombstone without key', { key: null, value: null, headers: {} }],
    ['empty key and value', { key: bytes(), value: bytes(), headers: { a: bytes() } }],
    ['repeated headers', { key: null, value: null, headers: { a: [text('1'), text('2')], b: text('3') } }],
    [
      'headers that are no UTF-8',
      { key: null, value: null, headers: { a: bytes(255), b: [bytes(254), text('b')] } },
    ],
    ['a key that is no UTF-8', { key: bytes(0, 0x7f, 0x80, 0xff), value: null, headers: {} }],
    ['a key that ends within a character', { key: bytes(0xe2, 0x82), value: null, headers: {} }],
    ['a key of a surrogate in UTF-8', { key: bytes(0xed, 0xb2, 0x80), value: null, headers: {} }],
    ['a key beyond ASCII', { key: text('Zürich 😀 \ufffd'), value: null, headers: {} }],
  ])('is the one that the message came of: %s', (_, given) => {
    const sent = recordOf(messageOfRecord(given))
    const written = (value: unknown) => (typeof value === 'string' ? text(value) : value)
    expect(written(sent.key)).toEqual(given.key)
    expect(sent.value).toEqual(given.value)
    const headers = Object.entries(sent.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(written) : written(value),
    ])
    expect(Object.fromEntries(headers)).toEqual(given.headers)
  })

  it('has nothing but text and Buffers, which are all that kafkajs writes as they are', () => {
    const message = {
      body: new Uint8Array([1, 2]),
      headers: { a: '\ufffd' },
      headerValues: { a: [new Uint8Array([255])] },
      key: '\udcff',
    }
    const { key, value, headers } = recordOf(message)
    expect([key, value, headers.a].map((part) => Buffer.isBuffer(part))).toEqual([true, true, true])
    expect([key, value, headers.a]).toEqual([bytes(255), bytes(1, 2), bytes(255)])
  })

  it('shares the memory of a body that is a part of a larger one, and no more of it', () => {
    const body = new Uint8Array([0, 1, 2, 3]).subarray(1, 3)
    const { value } = recordOf({ body, headers: {} })
    expect(value).toEqual(bytes(1, 2))
    expect(value?.buffer).toBe(body.buffer)
  })

  it('leaves the message as it is', () => {
    const message = Object.freeze({
      body: null,
      headers: Object.freeze({ a: '2' }),
      headerValues: { a: ['1', '2'] },
    })
    expect(recordOf(message).headers).toEqual({ a: ['1', '2'] })
    expect(message.headers).toEqual({ a: '2' })
  })
})

describe('keys that are no UTF-8', () => {
  it('stay different, so that each keeps its order', () => {
    const keys = Array.from({ length: 256 }, (_, first) => [
      bytes(first),
      bytes(first, 0x80),
      bytes(0xff, first),
    ])
    const texts = keys.flat().map((key) => messageOfRecord(record({ key })).key)
    expect(new Set(texts).size).toBe(new Set(keys.flat().map((key) => key.toString('hex'))).size)
  })

  it('are told from keys that an application made of lone surrogates and other text', () => {
    for (const key of ['\udc80é', '\ud83d\udc80', '💀'])
      expect(recordOf({ body: null, headers: {}, key }).key).toBe(key)
  })
})

describe('a dead letter', () => {
  it('keeps body, key, repeated headers and bytes that are no UTF-8, and tells why', () => {
    const headers = {
      ...required,
      trace: [text('a'), text('b')],
      odd: bytes(255),
      ce_id: [text('a0'), text('a1')],
    }
    const message = messageOfRecord({ key: bytes(0, 1, 254), value: text('x'), headers })
    const delivery = {
      message,
      topic: 'orders',
      attempt: 1,
      lane: '0',
      position: '5',
      signal: new AbortController().signal,
      native: undefined,
    }
    const letter = deadLetterMessage(kafkaBinding(), {
      delivery,
      cause: new Error('no'),
      attempts: 3,
      time: 0,
    })
    const sent = recordOf(letter)
    expect(sent).toMatchObject({ key: bytes(0, 1, 254), value: text('x') })
    expect(sent.headers).toEqual({
      ce_specversion: '1.0',
      ce_source: '/orders',
      ce_type: 'placed',
      ce_id: ['a0', 'a1'],
      trace: ['a', 'b'],
      odd: bytes(255),
      ce_dlqreason: 'no',
      ce_dlqtopic: 'orders',
      ce_dlqattempts: '3',
      ce_dlqtime: '1970-01-01T00:00:00.000Z',
    })
  })
})

describe('headers as AWS Lambda gives them', () => {
  it('are read with their signed bytes, in order, repeated ones too', () => {
    const received = [{ ce_subject: [-61, -85] }, { trace: [97] }, { trace: [98] }, { odd: [-1] }]
    const message = messageOfRecord(record({ headers: headersOfLambda(received) }))
    expect(message).toEqual({
      body: null,
      headers: { ce_subject: 'ë', trace: 'b', odd: '\ufffd' },
      headerValues: { trace: ['a', 'b'], odd: [new Uint8Array([255])] },
    })
  })

  it('may have names of members of every object', () => {
    const received = JSON.parse('[{"constructor":[97]},{"__proto__":[98]},{"toString":[99]}]')
    const { headers } = messageOfRecord(record({ headers: headersOfLambda(received) }))
    expect(Object.entries(headers)).toEqual([
      ['constructor', 'a'],
      ['toString', 'c'],
    ])
  })
})

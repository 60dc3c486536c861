import { describe, expect, it } from '@jest/globals'
import { HTTP, Kafka, CloudEvent as SdkEvent } from 'cloudevents'
import { decodeJsonBatch } from '../../adapters/core/json.ts'
import { fromSdk } from '../../adapters/sdk.ts'
import { bytesOf, envelope, thrownBy } from '../core/events.ts'
import { http, kafka, kafkaInput, oneOf } from './wires.ts'

// Each test shows a defect of the package, so that its repair is noticed, and that the same bytes are read right here.

const attributes = { id: '1', source: '/orders', type: 'placed', specversion: '1.0' }
const time = '2020-01-01T00:00:00.123456789+02:00'
const structuredType = { 'content-type': 'application/cloudevents+json' }

function prefixed(prefix: string, members: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [prefix + name, value]))
}

function structured(members: string, headers: Record<string, string> = structuredType) {
  const body = envelope(members)
  return {
    theirs: () => oneOf(HTTP.toEvent({ headers, body })),
    ours: ({ decode } = http.binding) => decode({ headers, body: bytesOf(body) }),
  }
}

function binary(members: Readonly<Record<string, string>>, body?: string, contentType = 'application/json') {
  const headers = {
    ...prefixed('ce-', members),
    ...(body === undefined ? {} : { 'content-type': contentType }),
  }
  return {
    theirs: () => oneOf(HTTP.toEvent({ headers, body })),
    ours: ({ decode } = http.binding) => decode({ headers, body: body === undefined ? null : bytesOf(body) }),
  }
}

/** One Kafka record for both: the package gets it as kafkajs delivers it, buffers everywhere, or with its text. */
function record(headers: Readonly<Record<string, string>>, value: string | null, key: string | null = null) {
  const buffers = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])
  return {
    asDelivered: () =>
      Kafka.toEvent(
        kafkaInput({ headers: Object.fromEntries(buffers), value: value && Buffer.from(value), key }),
      ),
    asText: () => oneOf(Kafka.toEvent(kafkaInput({ headers, value, key }))),
    ours: ({ decode } = kafka.binding) =>
      decode({
        headers,
        body: value === null ? null : bytesOf(value),
        ...(key === null ? {} : { key }),
      }),
  }
}

const kafkaHeaders = { ...prefixed('ce_', attributes), 'content-type': 'application/json' }
const isRefused = expect.objectContaining({ code: 'ERR_DECODE' })

describe('the package invents on reading', () => {
  it('a time where there is none (sdk-javascript#332, #386, #597)', () => {
    for (const { theirs, ours } of [structured(''), binary(attributes)]) {
      expect(theirs().time).toMatch(/^\d{4}-/)
      expect('time' in ours()).toBe(false)
    }
  })

  it('a time of now where the time is not valid (#386)', () => {
    const { theirs, ours } = binary({ ...attributes, time: 'yesterday' })
    expect(theirs().time).toMatch(/^\d{4}-/)
    expect('time' in ours()).toBe(false)
    expect(thrownBy(() => ours(http.strict))).toEqual(isRefused)
  })

  it('an id where there is none, another at every reading', () => {
    const headers = structuredType
    const body = '{"specversion":"1.0","source":"/orders","type":"placed"}'
    const theirs = () => oneOf(HTTP.toEvent({ headers, body })).id
    expect(theirs()).not.toBe(theirs())
    expect(thrownBy(() => http.binding.decode({ headers, body: bytesOf(body) }))).toEqual(isRefused)
  })

  it('a specversion where there is none', () => {
    const { specversion: _, ...others } = attributes
    const { theirs, ours } = binary(others)
    expect(theirs().specversion).toBe('1.0')
    expect(thrownBy(ours)).toEqual(isRefused)
  })
})

describe('the package changes on reading', () => {
  it('the time, to milliseconds in UTC', () => {
    for (const { theirs, ours } of [structured(`"time":"${time}"`), binary({ ...attributes, time })])
      expect([theirs().time, ours().time]).toEqual(['2019-12-31T22:00:00.123Z', time])
    const { asText, ours } = record({ ...kafkaHeaders, ce_time: time }, '{}')
    expect([asText().time, ours().time]).toEqual(['2019-12-31T22:00:00.123Z', time])
  })

  it.each([0, false, '', null])('structured data %j, to none', (data) => {
    const { theirs, ours } = structured(`"data":${JSON.stringify(data)}`)
    expect([theirs().data, ours().data]).toEqual([undefined, data])
    expect('data' in ours()).toBe(true)
  })

  it('the bytes of data_base64, to four bytes each (#643)', () => {
    const { theirs, ours } = structured('"data_base64":"AAH/"')
    expect(theirs().data).toEqual(new Uint32Array([0, 1, 255]))
    expect([ours().data, fromSdk(theirs()).data]).toEqual([
      new Uint8Array([0, 1, 255]),
      new Uint8Array([0, 1, 255]),
    ])
  })

  it.each(['1.5', 'true', 'null'])('the JSON body %s, to a string', (body) => {
    const { theirs, ours } = binary(attributes, body)
    expect([theirs().data, ours().data]).toEqual([body, JSON.parse(body)])
  })

  it('the partition key of Kafka, to the key of the record, even where it has none', () => {
    const { asText, ours } = record({ ...kafkaHeaders, ce_partitionkey: 'a' }, '{}')
    expect([asText().partitionkey, ours().partitionkey]).toEqual([null, 'a'])
  })

  it('nothing of percent-encoded values, which it should decode (spec#1397)', () => {
    const { theirs, ours } = binary({ ...attributes, subject: 'caf%C3%A9%20%25' })
    expect([theirs().subject, ours().subject]).toEqual(['caf%C3%A9%20%25', 'café %'])
  })

  it('the global JSON, where CE_USE_BIG_INT is true (#495)', () => {
    const before = JSON
    const body = '{"n":9007199254740993}'
    const { theirs, ours } = binary(attributes, body)
    try {
      process.env.CE_USE_BIG_INT = 'true'
      theirs()
      expect(JSON).not.toBe(before)
    } finally {
      delete process.env.CE_USE_BIG_INT
      theirs()
    }
    expect(JSON).toBe(before)
    expect(Buffer.from(http.binding.encode(ours()).body ?? []).toString()).toBe(body)
    expect(JSON).toBe(before)
  })

  it('the prototype of its event, where a Kafka event has a member __proto__', () => {
    const value = envelope('"time":"2020-01-01T00:00:00Z","__proto__":{"admin":"yes"}')
    const { asText, ours } = record(structuredType, value)
    expect(asText()).not.toBeInstanceOf(SdkEvent)
    expect(asText().admin).toBe('yes')
    expect(ours().admin).toBeUndefined()
    expect(thrownBy(() => ours(kafka.strict))).toEqual(isRefused)
  })

  it('its methods, where an attribute has the name of one', () => {
    const { theirs, ours } = binary({ ...attributes, validate: 'x', emit: 'y' })
    expect(theirs()).toMatchObject({ validate: 'x', emit: 'y' })
    expect(ours()).toMatchObject({ validate: 'x', emit: 'y' })
  })
})

describe('the package does not read', () => {
  it.each(['application/cloudevents+json;charset=utf-8', 'application/cloudevents+json; charset=UTF-8'])(
    'structured mode under %s',
    (type) => {
      const { theirs, ours } = structured('', { 'content-type': type })
      expect(() => theirs()).toThrow('invalid content type')
      expect(ours()).toMatchObject(attributes)
    },
  )

  it('structured mode in another case', () => {
    const { theirs, ours } = structured('', { 'content-type': 'Application/CloudEvents+JSON' })
    expect(() => theirs()).toThrow('no cloud event detected')
    expect(ours()).toMatchObject(attributes)
  })

  it.each(['application/json;charset=utf-8', 'application/geo+json', 'Application/JSON'])(
    'JSON under %s',
    (contentType) => {
      const { theirs, ours } = binary(attributes, '{"a":1}', contentType)
      expect([theirs().data, ours().data]).toEqual(['{"a":1}', { a: 1 }])
    },
  )

  it('JSON in a buffer', () => {
    const headers = { ...prefixed('ce-', attributes), 'content-type': 'application/json' }
    const body = Buffer.from('{"a":1}')
    expect(oneOf(HTTP.toEvent({ headers, body })).data).toBe(body)
    expect(http.binding.decode({ headers, body }).data).toEqual({ a: 1 })
  })

  it('JSON that begins with a space or a line end (#417, #441)', () => {
    for (const body of [' {"a":1}', '\n{"a":1}']) {
      const { theirs, ours } = binary(attributes, body)
      expect(() => theirs()).toThrow(SyntaxError)
      expect(ours().data).toEqual({ a: 1 })
    }
  })

  it('extension headers in another case', () => {
    const headers = { ...prefixed('ce-', attributes), 'Ce-Foo': 'bar' }
    expect('foo' in oneOf(HTTP.toEvent({ headers, body: undefined }))).toBe(false)
    expect(http.binding.decode({ headers, body: null }).foo).toBe('bar')
  })

  it('what kafkajs delivers: buffers as header values', () => {
    const { asDelivered, ours } = record(kafkaHeaders, '{"a":1}')
    expect(asDelivered).toThrow('startsWith is not a function')
    expect(ours().data).toEqual({ a: 1 })
    const { 'content-type': _, ...untyped } = kafkaHeaders
    const second = record(untyped, 'x')
    expect(second.asDelivered()).toMatchObject({ id: Buffer.from('1') })
    expect(second.ours().id).toBe('1')
  })

  it('a structured Kafka event without a time', () => {
    const { asText, ours } = record(structuredType, envelope())
    expect(asText).toThrow(RangeError)
    expect(ours()).toEqual(attributes)
  })

  it('a Kafka record without a value', () => {
    const { asText, ours } = record(kafkaHeaders, null)
    expect(asText).toThrow('Value is null or undefined')
    expect('data' in ours()).toBe(false)
  })
})

describe('the package accepts', () => {
  it.each([
    ['a control character', '"subject":"a\\u0000b"'],
    ['a lone surrogate', '"x":"\\ud800"'],
    ['an integer beyond 32 bits', '"x":2147483648'],
    ['a number with a fraction', '"x":1.5'],
    ['an object', '"x":{"a":1}'],
    ['an upper-case name', '"Xy":"z"'],
    ['both data and data_base64', '"data":1,"data_base64":"MQ=="'],
  ])('%s in an event it reads', (_name, members) => {
    const { theirs, ours } = structured(members)
    expect(theirs().id).toBe('1')
    expect(thrownBy(() => ours(http.strict))).toEqual(isRefused)
  })

  it('a batch of two versions, and one whose event has no id', () => {
    const headers = { 'content-type': 'application/cloudevents-batch+json' }
    const old = '{"specversion":"0.3","id":"2","source":"/","type":"t"}'
    const anonymous = '{"specversion":"1.0","source":"/","type":"t"}'
    for (const body of [`[${envelope()},${old}]`, `[${anonymous}]`]) {
      expect(HTTP.toEvent({ headers, body })).toHaveLength(body.includes('0.3') ? 2 : 1)
      expect(thrownBy(() => decodeJsonBatch(bytesOf(body)))).toEqual(isRefused)
    }
  })
})

import { describe, expect, it } from '@jest/globals'
import { HTTP, Kafka, type KafkaMessage, CloudEvent as SdkEvent } from 'cloudevents'
import { violationsOf } from '../../adapters/core/validate.ts'
import { toSdk } from '../../adapters/sdk.ts'
import { textOf } from '../core/events.ts'
import { http, kafka, kafkaMessage } from './wires.ts'

// Each test shows a defect of the package, so that its repair is noticed, and that the same event is written right here.

const time = '2020-01-01T00:00:00.123456789+02:00'
const required = { specversion: '1.0', id: '1', source: '/orders', type: 'placed', time }
const json = { ...required, datacontenttype: 'application/json' }

function kafkaBinary(event: SdkEvent<unknown>): KafkaMessage {
  return kafkaMessage(Kafka.binary(event))
}

describe('the package changes on writing', () => {
  it('the time, to milliseconds in UTC', () => {
    const sdk = new SdkEvent(required)
    expect(HTTP.binary(sdk).headers['ce-time']).toBe('2019-12-31T22:00:00.123Z')
    expect(sdk.toJSON().time).toBe('2019-12-31T22:00:00.123Z')
    expect(http.binding.encode(required).headers['ce-time']).toBe(time)
  })

  it('a JSON text, to one without its quotes', () => {
    const given = { ...json, data: 'null' }
    expect([HTTP.binary(new SdkEvent(given)).body, kafkaBinary(new SdkEvent(given)).value]).toEqual([
      'null',
      'null',
    ])
    expect(textOf(http.binding.encode(given).body)).toBe('"null"')
  })

  it.each([1.5, true])('JSON data %j, to no text at all', (data) => {
    expect(HTTP.binary(new SdkEvent({ ...json, data })).body).toBe(data)
    expect(textOf(http.binding.encode({ ...json, data }).body)).toBe(String(data))
  })

  it('bytes as an attribute, to an object of numbers or no text', () => {
    const given = { ...required, bytes: new Uint8Array([1, 2]) }
    expect(new SdkEvent(given).toString()).toContain('"bytes":{"0":1,"1":2}')
    expect(HTTP.binary(new SdkEvent(given)).headers['ce-bytes']).toEqual(new Uint8Array([1, 2]))
    expect(http.binding.encode(given).headers['ce-bytes']).toBe('AQI=')
  })

  it('no bytes, to an empty object beside them', () => {
    const given = { ...required, data: new Uint8Array(0) }
    expect(HTTP.structured(new SdkEvent(given)).body).toContain('"data_base64":"","data":{}')
    const { body } = http.binding.encode(given, { mode: 'structured' })
    expect(textOf(body)).toMatch(/"data_base64":""}$/)
  })

  it('new data of a clone, to the bytes that it had before', () => {
    const sdk = new SdkEvent({ ...required, data: new Uint8Array([1]) }).cloneWith({ data: { a: 1 } })
    expect(JSON.parse(sdk.toString())).not.toHaveProperty('data')
    const converted = toSdk({ ...required, data: new Uint8Array([1]) }).cloneWith({ data: { a: 1 } })
    expect(JSON.parse(converted.toString())).toEqual({ ...required, data: { a: 1 } })
  })

  it('the elements of a Float32Array, to a byte each', () => {
    const sdk = new SdkEvent({ ...required, data: new Float32Array([1.5, 300]) })
    expect(sdk.data_base64).toBe('ASw=')
    expect(() => http.binding.encode({ ...required, data: new Float32Array([1.5, 300]) })).toThrow(
      'Uint8Array',
    )
  })
})

describe('the package adds on writing', () => {
  it('a content type where there is no data', () => {
    expect(HTTP.binary(new SdkEvent(required)).headers['content-type']).toBe(
      'application/json; charset=utf-8',
    )
    expect(http.binding.encode(required).headers).not.toHaveProperty('content-type')
  })

  it('Kafka headers that are undefined, and the content type again', () => {
    const { headers } = kafkaBinary(new SdkEvent({ ...json, data: {} }))
    expect(Object.values(headers).filter((value) => value === undefined).length).toBeGreaterThan(1)
    expect(headers).toHaveProperty('ce_datacontenttype', 'application/json')
    const ours = kafka.binding.encode({ ...json, data: {} }).headers
    expect(Object.keys(ours).sort()).toEqual([
      'ce_id',
      'ce_source',
      'ce_specversion',
      'ce_time',
      'ce_type',
      'content-type',
    ])
  })
})

describe('the package leaves as they are on writing', () => {
  it('characters that it should percent-encode', () => {
    const given = { ...required, subject: 'café 100%' }
    expect(HTTP.binary(new SdkEvent(given)).headers['ce-subject']).toBe('café 100%')
    expect(http.binding.encode(given).headers['ce-subject']).toBe('caf%C3%A9%20100%25')
  })

  it('numbers and booleans of Kafka headers, which kafkajs refuses', () => {
    const given = { ...json, n: 5, b: true, data: {} }
    expect(kafkaBinary(new SdkEvent(given)).headers).toMatchObject({ ce_n: 5, ce_b: true })
    expect(kafka.binding.encode(given).headers).toMatchObject({ ce_n: '5', ce_b: 'true' })
  })

  it('objects of Kafka values, which kafkajs refuses', () => {
    const given = { ...json, data: { a: 1 } }
    expect(kafkaBinary(new SdkEvent(given)).value).toEqual({ a: 1 })
    expect(textOf(kafka.binding.encode(given).body)).toBe('{"a":1}')
  })
})

describe('the package fails on writing', () => {
  it('a leap second', () => {
    const given = { ...required, time: '2016-12-31T23:59:60Z' }
    expect(() => HTTP.binary(new SdkEvent(given))).toThrow(RangeError)
    expect(() => new SdkEvent(given).toString()).toThrow(RangeError)
    expect(http.binding.encode(given).headers['ce-time']).toBe('2016-12-31T23:59:60Z')
  })

  it('an attribute named constructor, in HTTP headers', () => {
    const given = { ...required, constructor: 'x' }
    expect(() => HTTP.binary(new SdkEvent<unknown>(given))).toThrow(TypeError)
    expect(http.binding.encode(given).headers['ce-constructor']).toBe('x')
  })

  it('batches, which it reads', () => {
    expect(Object.keys(HTTP).sort()).toEqual(['binary', 'isEvent', 'structured', 'toEvent'])
  })
})

describe('the class of the package', () => {
  it('invents a time', () => {
    const { time: _, ...timeless } = required
    expect(new SdkEvent(timeless).time).toMatch(/^\d{4}-/)
    expect('time' in toSdk(timeless)).toBe(false)
  })

  it.each([
    ['a control character', { subject: 'a\u0000b' }],
    ['an integer beyond 32 bits', { x: 2 ** 31 }],
    ['an object', { x: { a: 1 } }],
    ['null', { x: null }],
  ])('takes %s for valid', (_name, members) => {
    expect(new SdkEvent<unknown>({ ...required, ...members }).validate()).toBe(true)
    expect(violationsOf({ ...required, ...members })).toHaveLength(1)
  })

  it('checks nothing of an event with another specversion, and says so without an error', () => {
    const given = { ...required, specversion: '2.0', source: '' }
    expect(new SdkEvent(given).validate()).toBe(false)
    expect(violationsOf(given).map(({ attribute }) => attribute)).toEqual(['specversion', 'source'])
  })

  it('cannot make an event with an attribute named validate', () => {
    expect(() => new SdkEvent<unknown>({ ...required, validate: 'x' })).toThrow('not a function')
    expect(violationsOf({ ...required, validate: 'x' })).toEqual([])
  })

  it('takes the attributes schemaurl for a mistake', () => {
    expect(() => new SdkEvent({ ...required, schemaurl: 'x' })).toThrow('schemaurl')
    expect(violationsOf({ ...required, schemaurl: 'x' })).toEqual([])
  })
})

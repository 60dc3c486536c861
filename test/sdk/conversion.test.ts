import { describe, expect, it } from '@jest/globals'
import { emitterFor, HTTP, Kafka, type Message, Mode, CloudEvent as SdkEvent } from 'cloudevents'
import { attributesOf, dataOf } from '../../adapters/core/data.ts'
import { type CloudEvent, createEvent } from '../../adapters/core/event.ts'
import { decodeJson } from '../../adapters/core/json.ts'
import { fromSdk, toSdk } from '../../adapters/sdk.ts'
import { bytesOf, envelope, event, textOf, thrownBy } from '../core/events.ts'
import { http } from './wires.ts'

const required = { specversion: '1.0', id: '1', source: '/orders', type: 'placed' }
const json = { ...required, datacontenttype: 'application/json' }

function attributesNamedBy(call: () => unknown): unknown {
  const error = thrownBy(call)
  expect(error).toMatchObject({ code: 'ERR_INVALID_EVENT', message: expect.stringMatching(/^\[sdk\] /) })
  const violations =
    typeof error === 'object' && error !== null && 'violations' in error ? error.violations : []
  return Array.isArray(violations) ? violations.map(({ attribute }: { attribute: string }) => attribute) : []
}

/** An event as JavaScript may make it. */
function untyped(members: object): CloudEvent {
  return Object.assign(Object.create(Object.prototype), members)
}

describe('an event made one of the package', () => {
  it('keeps the text of its time, and gets none', () => {
    const time = '2020-01-01T00:00:00.123456789+02:00'
    expect(toSdk({ ...required, time }).time).toBe(time)
    expect(JSON.parse(toSdk({ ...required, time }).toString())).toEqual({ ...required, time })
    expect(JSON.parse(toSdk(required).toString())).toEqual(required)
    expect('time' in toSdk(required)).toBe(false)
  })

  it('keeps numbers, booleans and bytes of extensions', () => {
    const given = { ...required, n: -5, b: false, bytes: new Uint8Array([1, 2]), empty: '' }
    expect({ ...toSdk(given) }).toEqual(given)
    expect(fromSdk(toSdk(given))).toEqual(given)
    expect(JSON.parse(toSdk(given).toString())).toEqual({ ...given, bytes: 'AQI=' })
  })

  it('has no member that is undefined', () => {
    const sdk = toSdk({ ...untyped({ ...required, subject: undefined }), x: undefined, data: undefined })
    expect(Object.keys(sdk).sort()).toEqual(Object.keys(required).sort())
    expect(Object.values(Kafka.binary(toSdk(json)).headers)).not.toContain(undefined)
  })

  it.each([null, 0, false, '', [], 1.5])('keeps the data %j', (data) => {
    expect(toSdk({ ...json, data }).data).toBe(data)
    expect(fromSdk(toSdk({ ...json, data }))).toEqual({ ...json, data })
    const received = decodeJson(bytesOf(envelope(`"data":${JSON.stringify(data)}`)))
    expect([toSdk(received).data, fromSdk(toSdk(received)).data]).toEqual([data, data])
  })

  it.each([[[]], [[0, 1, 255]]])('has the bytes %j in both members, as events of the package do', (list) => {
    const given = { ...required, data: new Uint8Array(list) }
    const theirs = new SdkEvent<unknown>(given)
    const { data, data_base64 } = toSdk(given)
    expect([data, data_base64]).toEqual([theirs.data, theirs.data_base64])
    expect(JSON.parse(toSdk(given).toString())).toEqual({ ...required, data_base64 })
    expect(fromSdk(toSdk(given))).toEqual(given)
  })

  it('takes bytes from data_base64, too', () => {
    expect(toSdk({ ...required, data_base64: 'AAH/' }).data).toEqual(new Uint8Array([0, 1, 255]))
  })

  it('reads integers beyond 2^53 as JavaScript does, and is the same bytes again when it comes back', () => {
    const text = '{ "n": 9007199254740993 }'
    const received = decodeJson(bytesOf(envelope(`"data":${text}`)))
    const sdk = toSdk(received)
    expect(sdk.data).toEqual({ n: 9007199254740992 })
    expect(textOf(dataOf(fromSdk(sdk))?.bytes())).toBe(text)
    // What the package itself writes, and a clone, come from the number.
    expect(sdk.toString()).toContain('9007199254740992')
    expect(textOf(dataOf(fromSdk(sdk.cloneWith({ subject: 's' })))?.bytes())).toBe('{"n":9007199254740992}')
  })

  it('brings back data that was changed in place', () => {
    const sdk = toSdk(decodeJson(bytesOf(envelope('"data":{"n":1}'))))
    Object.assign(sdk.data ?? {}, { n: 2 })
    expect(textOf(dataOf(fromSdk(sdk))?.bytes())).toBe('{"n":2}')
  })

  it('does not share data with the received event', () => {
    const received = decodeJson(bytesOf(envelope('"data":{"n":1}')))
    Object.assign(toSdk(received).data ?? {}, { n: 2 })
    expect(received.data).toEqual({ n: 1 })
  })

  it('works with the emitters of the package', async () => {
    const given = event({ data: { a: 1 } })
    for (const binding of [HTTP, Kafka]) {
      for (const mode of [Mode.BINARY, Mode.STRUCTURED]) {
        const emit = emitterFor(async (message: Message) => message, { binding, mode })
        expect(await emit(toSdk(given))).toMatchObject({ headers: { 'content-type': expect.any(String) } })
      }
    }
    await expect(toSdk(given).emit()).resolves.toMatchObject({ id: given.id })
  })

  it('is cloned without a time of its own, and with new data in place of the old', () => {
    const sdk = toSdk({ ...required, data: new Uint8Array([1]) })
    expect({ ...sdk.cloneWith({ subject: 's' }) }).toEqual({ ...sdk, subject: 's' })
    expect({ ...sdk.cloneWith({ data: { a: 1 } }) }).toEqual({ ...required, data: { a: 1 } })
    expect(sdk.cloneWith({ data_base64: 'Ag==' }).data).toEqual(new Uint8Array([2]))
    expect(sdk.cloneWith({ subject: 's' })).toBeInstanceOf(SdkEvent)
    expect(() => sdk.cloneWith({ source: '' })).toThrow(/source/)
    expect(sdk.cloneWith({ source: '' }, false).source).toBe('')
  })

  it.each(['constructor', 'tojson', 'tostring', 'valueof', 'then', 'schemaurl', 'datacontentencoding'])(
    'may have an attribute %s',
    (name) => {
      const given = { ...required, [name]: 'x', data: new Uint8Array([1]) }
      expect(fromSdk(toSdk(given))).toEqual(given)
      expect(JSON.parse(String(HTTP.structured(toSdk(given)).body))).toMatchObject({ [name]: 'x' })
    },
  )

  it.each(['validate', 'emit'])('may not have the attribute %s, which is a method there', (name) => {
    expect(attributesNamedBy(() => toSdk({ ...required, [name]: 'x' }))).toEqual([name])
    expect(fromSdk(new SdkEvent({ ...required, [name]: 'x' }, false))).toMatchObject({ [name]: 'x' })
  })

  it.each(['cloneWith', 'toJSON', 'toString', '__proto__', 'trace_id'])('is refused with %s', (name) => {
    expect(attributesNamedBy(() => toSdk({ ...required, ...Object.fromEntries([[name, 'x']]) }))).toEqual([
      name,
    ])
  })

  it.each([new Float32Array([1.5]), new DataView(new ArrayBuffer(1)), new ArrayBuffer(1)])(
    'is refused with bytes in another array: %p',
    (data) => {
      expect(attributesNamedBy(() => toSdk({ ...required, data }))).toEqual(['data'])
      expect(attributesNamedBy(() => fromSdk(new SdkEvent<unknown>({ ...required, data })))).toContain('data')
    },
  )

  it('is refused where its data is not what its content type says', () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/',
      'ce-type': 't',
      'content-type': 'text/json',
    }
    const received = http.binding.decode({ headers, body: bytesOf('{') })
    expect(thrownBy(() => toSdk(received))).toMatchObject({ code: 'ERR_DECODE' })
  })
})

describe('an event of the package made one of ours', () => {
  const time = '2026-01-31T12:00:00Z'

  it('has its attributes, and no methods or undefined members', () => {
    const given = { ...json, time, n: 5, b: true, bytes: new Uint8Array([1]), data: { a: [1] } }
    const ours = fromSdk(new SdkEvent(given))
    expect(Object.entries(ours).sort()).toEqual(Object.entries(given).sort())
    expect('toJSON' in ours || 'emit' in ours).toBe(false)
  })

  it('loses attributes that are null, not data that is', () => {
    const ours = fromSdk(new SdkEvent({ ...json, time, x: null, data: null }))
    expect(ours).toEqual({ ...json, time, data: null })
  })

  it('has a Date as text', () => {
    const date = new Date(0)
    const given = untyped({ ...required, time: date, expirytime: date })
    expect(fromSdk(new SdkEvent(given, false))).toMatchObject({
      time: '1970-01-01T00:00:00.000Z',
      expirytime: '1970-01-01T00:00:00.000Z',
    })
    const broken = untyped({ ...required, time: new Date(Number.NaN) })
    expect(attributesNamedBy(() => fromSdk(broken))).toEqual(['time'])
  })

  it('has one form of bytes', () => {
    const bytes = new Uint8Array([0, 1, 255])
    expect(fromSdk(new SdkEvent({ ...required, time, data: bytes }))).toEqual({
      ...required,
      time,
      data: bytes,
    })
    const encoded = new SdkEvent({ ...required, time, data_base64: 'AAH/' })
    expect(fromSdk(encoded)).toEqual({ ...required, time, data: bytes })
    expect(fromSdk({ ...required, data_base64: 'AAH/' })).toEqual({ ...required, data: bytes })
    expect(fromSdk({ ...required, data_base64: '' })).toEqual({ ...required, data: new Uint8Array(0) })
  })

  it('is refused once, with every attribute named that is wrong', () => {
    const sdk = new SdkEvent(
      { ...required, object: { a: 1 }, Upper: 'x', big: 2 ** 31, half: 0.5, control: '\n' },
      false,
    )
    expect(attributesNamedBy(() => fromSdk(sdk))).toEqual(['object', 'Upper', 'big', 'half', 'control'])
    expect(
      attributesNamedBy(() => fromSdk(new SdkEvent({ ...required, specversion: '0.3' }, false))),
    ).toEqual(['specversion'])
  })

  it('is refused with an own __proto__, and reads no member of a prototype', () => {
    const hostile = JSON.parse('{"specversion":"1.0","id":"1","source":"/","type":"t","__proto__":{"x":"y"}}')
    expect(attributesNamedBy(() => fromSdk(hostile))).toEqual(['__proto__'])
    expect(attributesOf(fromSdk(new SdkEvent(hostile, false)))).not.toHaveProperty('x')
  })

  it('is refused where its data and its base64 differ', () => {
    const sdk = new SdkEvent({ ...required, data: new Uint8Array([1]) })
    expect(attributesNamedBy(() => fromSdk(sdk.cloneWith({ data: { a: 1 } })))).toEqual(['data'])
  })

  it('is one of ours already', () => {
    const given = createEvent({ type: 't', source: '/', data: { a: 1 } })
    expect(fromSdk(given)).toEqual(given)
  })

  it('is refused where it is no object', () => {
    expect(attributesNamedBy(() => fromSdk(JSON.parse('null')))).toContain('id')
    expect(attributesNamedBy(() => toSdk(JSON.parse('null')))).toEqual(['event'])
  })
})

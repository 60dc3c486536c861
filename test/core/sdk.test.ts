import { describe, expect, it } from '@jest/globals'
import { HTTP, CloudEvent as SdkEvent } from 'cloudevents'
import { type CloudEvent, derive } from '../../adapters/core/event.ts'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { decodeJson, encodeJson } from '../../adapters/core/json.ts'
import { bytesOf, event, textOf } from './events.ts'

const binding = headerBinding({ name: 'test', prefix: 'ce-' })
const attributes = {
  id: '1',
  source: '/orders',
  type: 'placed',
  time: '2026-01-31T12:00:00.000Z',
  subject: 's',
}

/** What the other side reads, in either mode. */
function readings(given: CloudEvent): CloudEvent[] {
  const written = [binding.encode(given), binding.encode(given, { mode: 'structured' })]
  return written.map((message) => binding.decode(message))
}

describe('an event of the cloudevents package', () => {
  it('is an event here', () => {
    const sdk: CloudEvent = new SdkEvent({
      ...attributes,
      datacontenttype: 'application/json',
      data: { a: [1] },
      n: 5,
    })
    for (const read of readings(sdk)) expect({ ...read }).toMatchObject({ ...attributes, data: { a: [1] } })
  })

  it('may have text, or no data', () => {
    const text = new SdkEvent({ ...attributes, datacontenttype: 'text/plain', data: 'ü' })
    for (const read of readings(text)) expect(read.data).toBe('ü')
    for (const read of readings(new SdkEvent(attributes))) expect('data' in read).toBe(false)
  })

  it('may have bytes, which it holds twice', () => {
    const sdk = new SdkEvent({
      ...attributes,
      datacontenttype: 'image/png',
      data: new Uint8Array([0, 1, 255]),
    })
    expect([sdk.data_base64, sdk.data]).toEqual(['AAH/', new Uint8Array([0, 1, 255])])
    for (const read of readings(sdk)) expect(read.data).toEqual(new Uint8Array([0, 1, 255]))
  })

  it.each(['image/png', 'application/json', undefined])(
    'may hold bytes as wider numbers, as its HTTP reader does, beside the base64 that counts: content type %s',
    (datacontenttype) => {
      const sent = { specversion: '1.0', ...attributes, datacontenttype, data_base64: 'MQ==' }
      const headers = { 'content-type': 'application/cloudevents+json' }
      const sdk = HTTP.toEvent({ headers, body: JSON.stringify(sent) })
      if (Array.isArray(sdk)) throw new Error('not one event')
      expect(sdk.data).toBeInstanceOf(Uint32Array)
      for (const read of readings(sdk)) expect(textOf(binding.encode(read).body)).toBe('1')
    },
  )

  it('can be derived from', () => {
    const child = derive(
      new SdkEvent({ ...attributes, data: { a: 1 }, datacontenttype: 'application/json' }),
      { type: 'paid' },
    )
    expect({ ...child }).toMatchObject({ type: 'paid', subject: 's', data: { a: 1 } })
    expect('toJSON' in child && 'emit' in child).toBe(false)
  })

  it('is read from what it writes as HTTP', () => {
    const { body } = HTTP.structured(
      new SdkEvent({ ...attributes, data: { a: 1 }, datacontenttype: 'application/json' }),
    )
    expect({ ...decodeJson(bytesOf(String(body))) }).toMatchObject({ ...attributes, data: { a: 1 } })
  })
})

describe('an event of this library', () => {
  const made = event({ ...attributes, data: { a: [1] }, n: 5 })
  const received = binding.decode(binding.encode(made))

  it('has the type of the package', () => {
    const sdk = new SdkEvent<unknown>(made)
    expect(sdk.toJSON()).toMatchObject({ ...attributes, data: { a: [1] } })
  })

  it('is an event there when it was received, too', () => {
    expect(new SdkEvent<unknown>(received).validate()).toBe(true)
    expect(new SdkEvent<unknown>(received).data).toEqual({ a: [1] })
  })

  it('is read there from what is written here', () => {
    const body = textOf(encodeJson(made))
    const there = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json' }, body })
    expect(there).toMatchObject({ ...attributes, n: 5, data: { a: [1] } })
    const { headers, body: data } = binding.encode(made)
    expect(HTTP.toEvent({ headers, body: textOf(data) })).toMatchObject({ ...attributes, data: { a: [1] } })
  })
})

import { describe, expect, it } from '@jest/globals'
import type { Warning } from '../../adapters/core/leniency.ts'
import { binding, httpBinding } from '../../adapters/http/binding.ts'
import { bytesOf, envelope, event, textOf, thrownBy } from '../core/events.ts'

const batchType = 'application/cloudevents-batch+json; charset=utf-8'

function batch(text: string) {
  return { body: bytesOf(text), headers: { 'content-type': batchType } }
}

describe('a batch over HTTP', () => {
  it('comes out as it went in, data bytes too', () => {
    const events = [event({ id: 'a', data: { a: 1 } }), event({ id: 'b', data: new Uint8Array([0, 255]) })]
    const read = binding.decodeBatch(binding.encodeBatch(events))
    expect(read.map((each) => ({ ...each }))).toEqual(events.map((each) => ({ ...each })))
  })

  it('may be empty, in both directions', () => {
    const message = binding.encodeBatch([])
    expect(textOf(message.body)).toBe('[]')
    expect(message.headers).toEqual({ 'content-type': batchType })
    expect(binding.decodeBatch(message)).toEqual([])
  })

  it('names the index of an invalid event, reading and writing', () => {
    const bad = envelope().replace('"1.0"', '"0.3"')
    expect(thrownBy(() => binding.decodeBatch(batch(`[${envelope()},${bad}]`)))).toMatchObject({
      code: 'ERR_DECODE',
      adapter: 'http',
      message: expect.stringMatching(/^\[http\] event 1 of the batch: /),
      violations: [{ attribute: 'specversion', rule: 'specversion' }],
    })
    expect(thrownBy(() => binding.encodeBatch([event(), event(), { ...event(), id: '' }]))).toMatchObject({
      code: 'ERR_INVALID_EVENT',
      adapter: 'http',
      message: expect.stringContaining('event 2 of the batch: "id" is an empty string'),
      violations: [{ attribute: 'id', rule: 'non-empty' }],
    })
  })

  it('is not read as one event, and one event not as a batch: each error names the other function', () => {
    expect(thrownBy(() => binding.decode(batch(`[${envelope()}]`)))).toMatchObject({
      code: 'ERR_DECODE',
      message: '[http] the message is a batch, not one event: read it with decodeBatch',
    })
    const one = binding.encode(event(), { mode: 'structured' })
    expect(thrownBy(() => binding.decodeBatch(one))).toMatchObject({
      code: 'ERR_DECODE',
      message:
        '[http] the message is no batch, its content type is "application/cloudevents+json; charset=ut…": read it with decode',
    })
    expect(thrownBy(() => binding.decodeBatch({ body: null, headers: {} }))).toMatchObject({
      message: '[http] the message is no batch, its content type is absent: read it with decode',
    })
  })

  it('of more events or bytes than allowed is too large, and exactly as many are read', () => {
    const message = binding.encodeBatch([event(), event(), event()])
    const size = message.body?.length ?? 0
    const limited = (limits: object) => thrownBy(() => binding.decodeBatch(message, undefined, limits))
    expect(limited({ maxEvents: 2 })).toMatchObject({
      code: 'ERR_TOO_LARGE',
      message: '[http] the batch has 3 events, more than 2: send them in several',
    })
    expect(limited({ maxBytes: size - 1 })).toMatchObject({ code: 'ERR_TOO_LARGE', adapter: 'http' })
    expect(binding.decodeBatch(message, undefined, { maxEvents: 3, maxBytes: size })).toHaveLength(3)
  })

  it('has a thousand events and a mebibyte at most, where nothing else is said', () => {
    const many = (count: number) => batch(`[${Array(count).fill(envelope()).join(',')}]`)
    expect(binding.decodeBatch(many(1_000))).toHaveLength(1_000)
    expect(thrownBy(() => binding.decodeBatch(many(1_001)))).toMatchObject({ code: 'ERR_TOO_LARGE' })
    const spaces = batch(`[]${' '.repeat(1_048_576)}`)
    expect(thrownBy(() => binding.decodeBatch(spaces))).toMatchObject({ code: 'ERR_TOO_LARGE' })
  })

  it('tells of each leniency, or refuses it where the reader is strict', () => {
    const message = batch(`[${envelope()},${envelope('"subject":""')}]`)
    const heard: Warning[] = []
    expect(binding.decodeBatch(message, (warning) => heard.push(warning))[1]).not.toHaveProperty('subject')
    expect(heard).toMatchObject([{ leniency: 'dropped-attribute', attribute: 'subject' }])
    expect(thrownBy(() => httpBinding({ strict: true }).decodeBatch(message))).toMatchObject({
      message: expect.stringContaining('event 1 of the batch'),
    })
  })

  it('leaves out the attributes that the options name, and takes their types', () => {
    const own = httpBinding({ strip: ['leaked'], extensions: { count: 'Integer' } })
    const [read] = own.decodeBatch(batch(`[${envelope('"leaked":"x","count":"5"')}]`))
    expect(read).toMatchObject({ count: 5 })
    expect(read).not.toHaveProperty('leaked')
  })
})

describe('no data and data of no bytes over HTTP', () => {
  const empty = new Uint8Array()

  it.each([
    ['no data', {}, false],
    ['no data but a content type', { datacontenttype: 'application/json' }, false],
    ['bytes, none of them', { data: empty }, true],
    ['a text without characters', { datacontenttype: 'text/plain', data: '' }, true],
  ])('stay apart: %s', (_name, attributes, hasData) => {
    const sent = event(attributes)
    const message = binding.encode(sent)
    expect(message.headers).toEqual({ 'content-type': 'application/cloudevents+json; charset=utf-8' })
    const read = binding.decode(message)
    expect('data' in read).toBe(hasData)
    expect({ ...read }).toEqual({ ...sent })
  })

  it('are one in binary mode: an empty body is no data, and is read alike as null and as no bytes', () => {
    const { body, headers } = binding.encode(event(), { mode: 'binary' })
    expect(body).toBeNull()
    for (const each of [body, empty]) expect('data' in binding.decode({ body: each, headers })).toBe(false)
  })
})

describe('what is written to headers', () => {
  const attributes = { specversion: '1.0', id: '1', source: '/orders', type: 't', data: 1 }

  it('is an object with the required attributes, whatever else has them', () => {
    const inherited = Object.create(attributes)
    for (const odd of [
      Object.assign([], attributes),
      Object.assign(new Uint8Array(1), attributes),
      inherited,
    ]) {
      const error = thrownBy(() => binding.encode(odd, { mode: 'binary' }))
      expect(error).toMatchObject({ code: 'ERR_INVALID_EVENT' })
    }
  })

  it('leaves out what is undefined, and data_base64, which is the body', () => {
    const { headers, body } = binding.encode({ ...event(), data_base64: 'AAEC', region: undefined })
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['ce-region']))
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['ce-data_base64']))
    expect(body).toEqual(Buffer.from([0, 1, 2]))
    const broken = { ...event(), data_base64: '*' }
    expect(thrownBy(() => binding.encode(broken, { mode: 'binary' }))).toMatchObject({
      violations: [{ attribute: 'data_base64' }],
    })
  })

  it('names every broken rule, not the first alone', () => {
    const broken = { ...event(), id: '', time: 'now', myExt: 'x' }
    const error = thrownBy(() => binding.encode(broken, { mode: 'binary' }))
    expect(error).toMatchObject({
      violations: [{ attribute: 'id' }, { attribute: 'time' }, { attribute: 'myExt' }],
    })
  })
})

describe('annotations of an HTTP message', () => {
  it('stand in percent-encoded headers, the body untouched', () => {
    const message = binding.encode(event({ data: { a: 1 } }))
    const annotated = binding.annotate(message, { dlqreason: '100% über', dlqattempts: 3 })
    expect(annotated.headers).toMatchObject({ 'ce-dlqreason': '100%25%20%C3%BCber', 'ce-dlqattempts': '3' })
    expect(annotated.body).toBe(message.body)
    expect(binding.decode(annotated)).toMatchObject({ dlqreason: '100% über', dlqattempts: 3 })
  })

  it('stand in the envelope of a structured event, and in headers beside a batch', () => {
    const structured = binding.encode(event(), { mode: 'structured' })
    expect(binding.decode(binding.annotate(structured, { dlqreason: 'no' }))).toMatchObject({
      dlqreason: 'no',
    })
    const many = binding.encodeBatch([event()])
    expect(binding.annotate(many, { dlqreason: 'no' })).toEqual({
      body: many.body,
      headers: { ...many.headers, 'ce-dlqreason': 'no' },
    })
  })
})

describe('requests that are no event', () => {
  const message = { body: bytesOf('hello'), headers: { 'content-type': 'text/plain' } }

  it('are refused unless the options say otherwise, with an origin too', () => {
    const origin = { topic: 'orders', position: '1' }
    for (const options of [{}, { raw: undefined }, { strict: true }]) {
      expect(thrownBy(() => httpBinding(options).decode(message, origin))).toMatchObject({
        code: 'ERR_DECODE',
        message:
          '[http] not a CloudEvent: no header holds "specversion" and the content type is "text/plain": send binary or structured CloudEvents',
      })
    }
  })

  it('become what a function makes of them', () => {
    const own = httpBinding({ raw: ({ headers }) => event({ id: headers['x-id'] ?? 'none' }) })
    const read = own.decode({ ...message, headers: { 'x-id': '7' } }, { topic: 'orders' })
    expect(read).toMatchObject({ id: '7' })
  })
})

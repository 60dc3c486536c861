import { describe, expect, it } from '@jest/globals'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { bytesOf, envelope, textOf, thrownBy } from './events.ts'

const transport = { name: 'test', prefix: 'ce-' }
const binding = headerBinding(transport)
const origin = { topic: 'orders', position: '7' }

function read(body: string | Uint8Array, headers: Record<string, string> = {}, options = {}) {
  const warnings: string[] = []
  const message = { body: typeof body === 'string' ? bytesOf(body) : body, headers }
  const event = headerBinding(transport, options).decode(message, origin, ({ leniency }) =>
    warnings.push(leniency),
  )
  return { event, warnings }
}

describe('a JSON event that no header declares', () => {
  it('is found by its four required attributes, under a warning', () => {
    const { event, warnings } = read(envelope('"data":{"n": 9007199254740993}'))
    expect([event.id, warnings]).toEqual(['1', ['sniffed']])
    expect(textOf(binding.encode(event).body)).toBe('{"n": 9007199254740993}')
  })

  it.each(['  \r\n\t', '\ufeff', '\ufeff \n'])('is found behind %j', (start) => {
    expect(read(start + envelope()).event.id).toBe('1')
  })

  it('is found where its member names are written with escapes', () => {
    expect(read(envelope().replace('"specversion"', '"\\u0073pecversion"')).event.id).toBe('1')
  })

  it.each<[string, string | Uint8Array]>([
    ['an array of events', `[${envelope()}]`],
    ['an object without one of the four', envelope().replace('"id":"1",', '')],
    ['an object whose id is a number', envelope().replace('"1"', '1')],
    ['broken JSON', envelope().slice(0, -1)],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff])],
    ['an empty body', ''],
    ['a text that begins with a brace', '{specversion}'],
  ])('is not seen in %s: the message is raw, its bytes untouched', (_, body) => {
    const { event, warnings } = read(body)
    expect([event.type, warnings]).toEqual(['test.message', []])
    expect(event.data).toEqual(typeof body === 'string' ? bytesOf(body) : body)
  })

  it('that breaks a rule is refused, not taken for something else', () => {
    expect(thrownBy(() => read(envelope().replace('"/orders"', '""')))).toMatchObject({
      code: 'ERR_DECODE',
      violations: [{ attribute: 'source', rule: 'non-empty' }],
    })
    expect(thrownBy(() => read(envelope().replace('"1.0"', '"0.3"')))).toMatchObject({
      message: expect.stringContaining('convert the event to CloudEvents 1.0'),
    })
  })

  it('is not looked for where the options say so, and refused where the reader is strict, also as a raw message', () => {
    expect(read(envelope(), {}, { sniff: false }).event.type).toBe('test.message')
    expect(thrownBy(() => read(envelope(), {}, { strict: true }))).toMatchObject({ code: 'ERR_DECODE' })
    for (const raw of ['accept', 'reject'])
      expect(thrownBy(() => read(envelope(), {}, { strict: true, raw }))).toMatchObject({
        violations: [{ rule: 'sniffed' }],
      })
  })

  it('is not looked for beside a binary event', () => {
    const headers = { 'ce-specversion': '1.0', 'ce-id': '2', 'ce-source': '/s', 'ce-type': 't' }
    expect(read(envelope(), headers).event.id).toBe('2')
  })
})

describe('the content type of a message around an undeclared event', () => {
  it('stands in for the one that its sender moved out of the envelope', () => {
    const { event, warnings } = read(envelope('"data":"a"'), { 'content-type': 'text/plain' })
    expect([event.datacontenttype, event.data, warnings]).toEqual([
      'text/plain',
      'a',
      ['content-type-restored', 'sniffed'],
    ])
  })

  it('also of bytes, of which a type that is not JSON can only speak', () => {
    const { event, warnings } = read(envelope('"data_base64":"AAEC"'), { 'content-type': 'image/png' })
    expect([event.datacontenttype, event.data, warnings]).toEqual([
      'image/png',
      new Uint8Array([0, 1, 2]),
      ['content-type-restored', 'sniffed'],
    ])
    const json = read(envelope('"data_base64":"AAEC"'), { 'content-type': 'application/json' })
    expect([json.event, json.warnings]).toEqual([
      expect.not.objectContaining({ datacontenttype: expect.anything() }),
      ['sniffed'],
    ])
  })

  it('does not where the envelope has one, has no data, or the data do not fit it', () => {
    const json = { 'content-type': 'application/json' }
    expect(read(envelope('"datacontenttype":"text/plain","data":"a"'), json).event.datacontenttype).toBe(
      'text/plain',
    )
    expect(read(envelope(), json).event).not.toHaveProperty('datacontenttype')
    for (const type of ['application/octet-stream', 'text/plain'])
      expect(read(envelope('"data":{}'), { 'content-type': type }).event).not.toHaveProperty(
        'datacontenttype',
      )
  })

  it('does not where it is no media type, which costs the event nothing', () => {
    for (const type of ['application/json; charset', 'text/plain;=', 'image']) {
      const { event, warnings } = read(envelope('"data":"a"'), { 'content-type': type })
      expect([event.id, warnings]).toEqual(['1', ['sniffed']])
      expect(event).not.toHaveProperty('datacontenttype')
    }
  })
})

describe('a dead letter of an undeclared event', () => {
  it('has its reason in the envelope, so that it is read again with it', () => {
    const message = { body: bytesOf(envelope('"data":{"n": 9007199254740993}')), headers: { other: 'x' } }
    const letter = binding.annotate(message, { dlqreason: 'boom', dlqattempts: 3 })
    expect(textOf(letter.body)).toContain('"data":{"n": 9007199254740993}')
    expect({ ...binding.decode(letter, origin) }).toMatchObject({
      id: '1',
      dlqreason: 'boom',
      dlqattempts: 3,
    })
  })

  it('keeps also what no strict reader takes for an attribute', () => {
    const message = { body: bytesOf(envelope('"confluentRouting":{"route":"a"}')), headers: {} }
    const letter = binding.annotate(message, { dlqreason: 'boom' })
    expect(JSON.parse(textOf(letter.body))).toMatchObject({
      confluentRouting: { route: 'a' },
      dlqreason: 'boom',
    })
    expect(letter.headers).toEqual({})
  })
})

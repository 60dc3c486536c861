import { describe, expect, it } from '@jest/globals'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import type { Warning } from '../../adapters/core/leniency.ts'
import type { Message } from '../../adapters/core/message.ts'
import { bytesOf, envelope, event, textOf, thrownBy } from './events.ts'

const binding = headerBinding({ name: 'test', prefix: 'ce-' })
const strict = headerBinding({ name: 'test', prefix: 'ce-' }, { strict: true })
const required = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/orders', 'ce-type': 'placed' }

function decode(headers: Record<string, string>, body: string | null = null) {
  return binding.decode({ body: body === null ? null : bytesOf(body), headers })
}

describe('binary mode', () => {
  it('has each attribute in a header, the data in the body and the content type in its own', () => {
    const made = event({
      id: '1',
      time: '2026-01-31T12:00:00Z',
      data: { a: 1 },
      n: -7,
      flag: true,
      material: new Uint8Array([255]),
    })
    const message = binding.encode(made, { key: 'k' })
    expect(message.headers).toEqual({
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/orders',
      'ce-type': 'com.example.placed',
      'ce-time': '2026-01-31T12:00:00Z',
      'ce-n': '-7',
      'ce-flag': 'true',
      'ce-material': '/w==',
      'content-type': 'application/json',
    })
    expect([message.key, textOf(message.body)]).toEqual(['k', '{"a":1}'])
  })

  it('has no body where there is no data, which differs from an empty body', () => {
    expect(binding.encode(event()).body).toBeNull()
    expect(binding.encode(event({ data: new Uint8Array() })).body).toHaveLength(0)
    expect(binding.encode(event({ datacontenttype: 'text/plain', data: '' })).body).toHaveLength(0)
    expect('data' in decode(required)).toBe(false)
    expect(decode(required, '').data).toEqual(new Uint8Array())
    expect(decode({ ...required, 'content-type': 'text/plain' }, '').data).toBe('')
  })

  it('takes an empty JSON body for no data, as no JSON text is empty', () => {
    expect('data' in decode({ ...required, 'content-type': 'application/json' }, '')).toBe(false)
  })

  it('writes null data as the JSON text null', () => {
    expect(textOf(binding.encode(event({ data: null })).body)).toBe('null')
    expect(decode({ ...required, 'content-type': 'application/json' }, 'null').data).toBeNull()
  })

  it('says application/json where JSON data have no content type', () => {
    const read = binding.decode({
      body: bytesOf(envelope('"data":5')),
      headers: { 'content-type': 'application/cloudevents+json' },
    })
    expect(read).not.toHaveProperty('datacontenttype')
    expect(binding.encode(read).headers).toHaveProperty('content-type', 'application/json')
  })

  it('does not guess a content type for bytes', () => {
    expect(binding.encode(event({ data: new Uint8Array([0x7b, 0x7d]) })).headers).not.toHaveProperty(
      'content-type',
    )
    expect(decode(required, '{}').data).toEqual(bytesOf('{}'))
  })

  it('reads header names in any case', () => {
    const read = decode(
      {
        'CE-SpecVersion': '1.0',
        'Ce-Id': '1',
        'ce-Source': '/s',
        'CE-TYPE': 't',
        'Content-Type': 'text/plain',
        'Ce-MyExt': 'x',
      },
      'a',
    )
    expect({ ...read }).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
      datacontenttype: 'text/plain',
      myext: 'x',
      data: 'a',
    })
  })

  it.each([
    [{ ...required, 'CE-ID': '2' }, '2'],
    [{ 'CE-ID': '2', ...required }, '1'],
  ])('takes the last of two headers of one attribute, and strictly none: %j', (headers, id) => {
    const warnings: Warning[] = []
    const message = { body: null, headers }
    expect(binding.decode(message, undefined, (warning) => warnings.push(warning)).id).toBe(id)
    expect(warnings.map(({ leniency }) => leniency).sort()).toEqual(['header-case', 'repeated-header'])
    expect(thrownBy(() => strict.decode(message))).toMatchObject({ code: 'ERR_DECODE' })
  })

  it('leaves headers of others alone', () => {
    const read = decode({
      ...required,
      traceparent: '00-1',
      ce_id: 'x',
      'x-ce-id': 'y',
      'ce-': 'z',
      constructor: 'c',
    })
    expect(Object.keys(read).sort()).toEqual(['id', 'source', 'specversion', 'type'])
  })

  it('takes the content type from an attribute header where it has no header of its own, and strictly not', () => {
    const headers = { ...required, 'ce-datacontenttype': 'text/plain' }
    expect(decode(headers)).toHaveProperty('datacontenttype', 'text/plain')
    expect(decode({ ...headers, 'content-type': 'text/html' })).toHaveProperty('datacontenttype', 'text/html')
    expect(thrownBy(() => strict.decode({ body: null, headers }))).toMatchObject({
      violations: [{ attribute: 'datacontenttype', rule: 'content-type-place' }],
    })
  })

  it.each([
    ['ce-data', 'x', 'data', 'name'],
    ['content-type', 'nonsense', 'datacontenttype', 'media-type'],
    ['ce-my_ext', 'x', 'my_ext', 'name'],
    ['ce-time', 'now', 'time', 'rfc3339'],
    ['ce-subject', '', 'subject', 'non-empty'],
    ['ce-__proto__', 'x', '__proto__', 'name'],
  ])('refuses %s: %j by its rule where strict', (header, value, attribute, rule) => {
    const headers = Object.fromEntries([...Object.entries(required), [header, value]])
    expect(thrownBy(() => strict.decode({ body: null, headers }))).toMatchObject({
      code: 'ERR_DECODE',
      violations: [{ attribute, rule }],
    })
  })

  it.each([
    ['ce-data', 'x', 'data'],
    ['ce-my_ext', 'x', 'my_ext'],
    ['ce-time', 'now', 'time'],
    ['ce-dataschema', '#', 'dataschema'],
    ['ce-subject', '', 'subject'],
    ['ce-ext', '\u0000', 'ext'],
    ['ce-__proto__', 'x', '__proto__'],
  ])('leaves %s: %j out under a warning, and keeps the event', (header, value, attribute) => {
    const warnings: Warning[] = []
    const headers = Object.fromEntries([...Object.entries(required), [header, value]])
    const read = binding.decode({ body: null, headers }, undefined, (warning) => warnings.push(warning))
    expect(Object.keys(read).sort()).toEqual(['id', 'source', 'specversion', 'type'])
    expect(Object.getPrototypeOf(read)).toBe(Object.getPrototypeOf(decode(required)))
    expect(warnings).toMatchObject([{ leniency: 'dropped-attribute', attribute }])
  })

  it.each([
    ['ce-id', '', 'id', 'non-empty'],
    ['ce-source', '%%', 'source', 'uri-reference'],
    ['ce-specversion', '0.3', 'specversion', 'specversion'],
    ['content-type', 'nonsense', 'datacontenttype', 'media-type'],
  ])('refuses %s: %j also where lenient: there is no event without it', (header, value, attribute, rule) => {
    expect(thrownBy(() => decode({ ...required, [header]: value }))).toMatchObject({
      code: 'ERR_DECODE',
      violations: [{ attribute, rule }],
    })
  })

  it('names every attribute that is missing', () => {
    expect(thrownBy(() => decode({ 'ce-specversion': '1.0', 'ce-id': '1' }))).toMatchObject({
      violations: [{ attribute: 'source' }, { attribute: 'type' }],
    })
  })

  it('invents nothing for a message that is no CloudEvent, and says what it saw', () => {
    expect(thrownBy(() => decode({ 'content-type': 'text/plain' }, 'a'))).toMatchObject({
      code: 'ERR_DECODE',
      adapter: 'test',
      message:
        '[test] not a CloudEvent: no header holds "specversion" and the content type is "text/plain": give its origin to read it as a raw message',
    })
    expect(thrownBy(() => decode({}, 'a'))).toMatchObject({
      message: expect.stringContaining('content type is absent'),
    })
  })

  it('carries further headers beside the attributes, which win', () => {
    const { headers } = binding.encode(event({ id: '1' }), {
      headers: { traceparent: '00-1', 'ce-id': 'forged' },
    })
    expect(headers).toMatchObject({ traceparent: '00-1', 'ce-id': '1' })
  })

  it('carries attributes by other prefixes', () => {
    const kafka = headerBinding({ name: 'kafka', prefix: 'ce_' })
    const message = kafka.encode(event({ id: '1', data: 1 }))
    expect(message.headers).toMatchObject({ ce_id: '1', 'content-type': 'application/json' })
    expect(kafka.decode(message).id).toBe('1')
  })
})

describe('structured mode', () => {
  it('has the whole event in the body', () => {
    const message = binding.encode(event({ id: '1', data: { a: 1 } }), {
      mode: 'structured',
      key: 'k',
      headers: { traceparent: '00-1' },
    })
    expect(message.headers).toEqual({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      traceparent: '00-1',
    })
    expect(JSON.parse(textOf(message.body))).toMatchObject({ id: '1', data: { a: 1 } })
    expect(message.key).toBe('k')
  })

  it.each([
    'application/cloudevents+json',
    'application/cloudevents+json;charset=utf-8',
    'APPLICATION/CloudEvents+JSON ; charset=UTF-8',
    '  application/cloudevents+json',
    'application/cloudevents',
    'application/cloudevents; charset=utf-8',
  ])('is known by the content type %j', (type) => {
    expect(decode({ 'content-type': type }, envelope()).id).toBe('1')
    expect(decode({ 'Content-Type': type }, envelope()).id).toBe('1')
  })

  it('wins over attribute headers beside it', () => {
    const read = decode(
      { ...required, 'ce-id': '2', 'content-type': 'application/cloudevents+json' },
      envelope(),
    )
    expect(read.id).toBe('1')
  })

  it.each([
    ['application/cloudevents+avro', '[test] event format "+avro" is not supported: use JSON'],
    [
      'application/cloudevents-batch+json',
      '[test] a message holds one event, not a batch: send each by itself',
    ],
    ['application/cloudevents-batch', '[test] a message holds one event, not a batch: send each by itself'],
  ])('refuses %s, even with attribute headers beside it', (type, message) => {
    expect(thrownBy(() => decode({ ...required, 'content-type': type }, '[]'))).toMatchObject({
      code: 'ERR_DECODE',
      message,
    })
  })

  it('needs a body', () => {
    expect(thrownBy(() => decode({ 'content-type': 'application/cloudevents+json' }))).toMatchObject({
      message: '[test] a structured CloudEvent has no body: send the event as JSON',
    })
  })
})

describe('annotating a message', () => {
  const added = { dlqreason: 'no ü', dlqattempts: 3 }

  function annotated(message: Message): Message {
    return binding.annotate(message, added)
  }

  it('adds headers to a binary event and leaves all else as it was', () => {
    const message = {
      body: bytesOf('{"n": 9007199254740993}'),
      headers: { ...required, Trace: '1' },
      key: 'k',
    }
    expect(annotated(message)).toEqual({
      body: message.body,
      key: 'k',
      headers: { ...required, Trace: '1', 'ce-dlqreason': 'no ü', 'ce-dlqattempts': '3' },
    })
    expect(message.headers).not.toHaveProperty('ce-dlqreason')
  })

  it('adds attributes to the envelope of a structured event, its data untouched', () => {
    const message = {
      body: bytesOf(envelope('"time":null,"data":{"n": 9007199254740993}')),
      headers: { 'content-type': 'application/cloudevents+json', other: 'x' },
      key: 'k',
    }
    const again = annotated(message)
    expect(again).toMatchObject({ key: 'k', headers: message.headers })
    expect(textOf(again.body)).toContain('"data":{"n": 9007199254740993}')
    expect({ ...binding.decode(again) }).toMatchObject({ ...added, id: '1' })
  })

  it('replaces annotations that are there, whatever their case', () => {
    const once = annotated({ body: null, headers: { ...required, 'CE-DLQReason': 'old' } })
    expect(once.headers).toEqual({ ...required, 'ce-dlqreason': 'no ü', 'ce-dlqattempts': '3' })
    const structured = {
      body: bytesOf(envelope('"dlqreason":"old"')),
      headers: { 'content-type': 'application/cloudevents+json' },
    }
    expect(binding.decode(annotated(structured)).dlqreason).toBe('no ü')
  })

  it('adds headers to what is no event, its bytes untouched', () => {
    for (const headers of [
      {},
      { 'content-type': 'application/cloudevents+json' },
      { 'content-type': 'text/plain' },
    ]) {
      const body = new Uint8Array([0xff, 0x00])
      expect(annotated({ body, headers })).toEqual({
        body,
        headers: { ...headers, 'ce-dlqreason': 'no ü', 'ce-dlqattempts': '3' },
      })
    }
    expect(annotated({ body: null, headers: {} }).body).toBeNull()
  })
})

import { describe, expect, it } from '@jest/globals'
import type { Origin } from '../../adapters/core/binding.ts'
import { createEvent } from '../../adapters/core/event.ts'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import type { Message } from '../../adapters/core/message.ts'
import { type Raw, rawEvent } from '../../adapters/core/raw.ts'
import { bytesOf, textOf, thrownBy } from './events.ts'

const transport = { name: 'test', prefix: 'ce-' }
const binding = headerBinding(transport)
const origin: Origin = { topic: 'orders/eu west', lane: 'a b', position: '7', time: 0 }
const plain: Message = { body: bytesOf('{"n": 9007199254740993}'), headers: {} }

describe('a message that is no CloudEvent', () => {
  it('becomes an event that says where the message stands', () => {
    expect({ ...binding.decode(plain, origin) }).toEqual({
      specversion: '1.0',
      id: 'a%20b:7',
      source: 'test:///orders/eu%20west',
      type: 'test.message',
      time: '1970-01-01T00:00:00.000Z',
      data: bytesOf('{"n": 9007199254740993}'),
    })
  })

  it('becomes the same event at every delivery', () => {
    const events = [1, 2, 3].map(() => JSON.stringify(binding.decode({ ...plain }, { ...origin })))
    expect(new Set(events).size).toBe(1)
  })

  it('has the content type that the message has, and JSON only where it says so', () => {
    const declared = { ...plain, headers: { 'Content-Type': 'application/json' } }
    expect(binding.decode(declared, origin)).toMatchObject({ datacontenttype: 'application/json' })
    expect(binding.decode({ ...plain, headers: { 'content-type': 'nonsense' } }, origin)).not.toHaveProperty(
      'datacontenttype',
    )
  })

  it('keeps its bytes when it is forwarded', () => {
    const declared = { ...plain, headers: { 'content-type': 'application/json' } }
    const event = binding.decode(declared, origin)
    expect(event.data).toEqual({ n: 9007199254740992 })
    expect(textOf(binding.encode(event).body)).toBe('{"n": 9007199254740993}')
  })

  it('has no data where it has no body', () => {
    expect('data' in binding.decode({ body: null, headers: {} }, origin)).toBe(false)
  })

  it('is refused where nothing tells its place, since the same message would get another id', () => {
    expect(thrownBy(() => binding.decode(plain))).toMatchObject({
      code: 'ERR_DECODE',
      adapter: 'test',
      message: expect.stringMatching(
        /^\[test\] not a CloudEvent: .*: give its origin to read it as a raw message$/,
      ),
    })
    expect(thrownBy(() => binding.decode(plain, { topic: 'orders' }))).toMatchObject({
      code: 'ERR_DECODE',
      message: '[test] the message on "orders" is no CloudEvent and has no position to name it by',
    })
  })

  it('is refused where the options say so, and where the reader is strict', () => {
    for (const options of [{ raw: 'reject' }, { strict: true }] as const) {
      const error = thrownBy(() => headerBinding(transport, options).decode(plain, origin))
      expect(error).toMatchObject({
        code: 'ERR_DECODE',
        message: expect.stringContaining('not a CloudEvent'),
      })
    }
  })

  it('takes its source from the option rawSource', () => {
    const named = headerBinding(transport, { rawSource: 'kafka://eu/' })
    expect(named.decode(plain, origin).source).toBe('kafka://eu/orders/eu%20west')
  })

  it.each([[{ time: Number.NaN }], [{ time: 8.64e15 }], [{ time: -1e15 }], [{ time: undefined }]])(
    'has no time where the time of storing is %j',
    (change) => {
      expect('time' in binding.decode(plain, { ...origin, ...change })).toBe(false)
    },
  )

  it('survives a topic and a lane of lone surrogates and control characters', () => {
    const event = binding.decode(plain, { topic: '\ud800\u0000', lane: '\udfff\n', position: '1' })
    expect([event.source, event.id]).toEqual(['test:///%EF%BF%BD%00', '%EF%BF%BD%0A:1'])
  })

  it('with some attribute headers is read under a warning, and its headers are not believed', () => {
    const warnings: string[] = []
    const partial = { ...plain, headers: { 'ce-id': 'forged', 'ce-type': 't' } }
    const event = binding.decode(partial, origin, ({ leniency }) => warnings.push(leniency))
    expect([event.id, warnings]).toEqual(['a%20b:7', ['partial-headers']])
    const strict = headerBinding(transport, { strict: true, raw: 'accept' })
    expect(thrownBy(() => strict.decode(partial, origin))).toMatchObject({
      violations: [{ attribute: 'specversion', rule: 'partial-headers' }],
    })
  })

  it('is no part of an event for extensions alone, as the dead letter of a raw message has them', () => {
    const letter = binding.annotate(plain, { dlqreason: 'boom', dlqattempts: 3 })
    expect(Object.keys(letter.headers)).toEqual(['ce-dlqreason', 'ce-dlqattempts'])
    const strict = headerBinding(transport, { strict: true, raw: 'accept' })
    expect(strict.decode(letter, origin).id).toBe('a%20b:7')
  })
})

describe('a function that makes events of raw messages', () => {
  function decode(raw: Raw, message = plain) {
    return headerBinding(transport, { raw }).decode(message, origin)
  }

  it('may set every attribute and leave the data as they are', () => {
    const event = decode((message, { topic, position = '' }) =>
      rawEvent(
        { id: position, source: `/${topic.length}`, type: 'own', datacontenttype: 'application/json', n: 5 },
        message,
      ),
    )
    expect({ ...event }).toMatchObject({ id: '7', source: '/14', type: 'own', n: 5 })
    expect(textOf(binding.encode(event).body)).toBe('{"n": 9007199254740993}')
  })

  it('may make any event', () => {
    expect(decode(() => createEvent({ id: '1', source: '/s', type: 't', data: 'x' })).data).toBe('x')
  })

  it('also serves a strict reader', () => {
    const strict = headerBinding(transport, {
      strict: true,
      raw: () => createEvent({ id: '1', source: '/s', type: 't' }),
    })
    expect(strict.decode(plain, origin).id).toBe('1')
  })

  it('that throws or makes no event is a DecodeError that says so', () => {
    const boom = () => {
      throw new Error('boom')
    }
    expect(thrownBy(() => decode(boom))).toMatchObject({
      code: 'ERR_DECODE',
      message: '[test] the function "raw" failed: boom',
    })
    expect(
      thrownBy(() => decode((message) => rawEvent({ id: '', source: '/s', type: 't' }, message))),
    ).toMatchObject({
      code: 'ERR_DECODE',
      violations: [{ attribute: 'id', rule: 'non-empty' }],
    })
    const invalid: Raw = () => ({ specversion: '1.0', id: '1', source: '/s', type: '' })
    expect(thrownBy(() => decode(invalid))).toMatchObject({
      message: expect.stringMatching(
        /^\[test\] the function "raw" made no CloudEvent: "type" is an empty string/,
      ),
    })
  })
})

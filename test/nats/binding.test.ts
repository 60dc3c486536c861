import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { memoryBinding } from '../../adapters/memory/binding.ts'
import { binding, jetstream, jetstreamBinding, natsBinding } from '../../adapters/nats/binding.ts'
import { arbEvent, arbString } from '../core/arbitraries.ts'
import { bytesOf, event, textOf, thrownBy } from '../core/events.ts'

const both = [binding, jetstream]
const empty = new Uint8Array(0)

describe.each(both.map((binding) => [binding.name, binding] as const))('the %s binding', (name, binding) => {
  it('is named after its transport, in errors too', () => {
    const error = thrownBy(() => binding.decode({ body: empty, headers: { 'ce-specversion': '1.0' } }))
    expect(error).toMatchObject({ adapter: name, code: 'ERR_DECODE' })
  })

  it('never sends a body that is absent, which NATS has none of', () => {
    for (const mode of ['auto', 'binary', 'structured'] as const) {
      expect(binding.encode(event(), { mode }).body).toBeInstanceOf(Uint8Array)
    }
  })

  it('tells no data, null, no bytes and an empty text apart', () => {
    const events = [
      event(),
      event({ data: null }),
      event({ data: empty }),
      event({ data: empty, datacontenttype: 'application/octet-stream' }),
      event({ data: '', datacontenttype: 'text/plain' }),
      event({ data: '' }),
      event({ datacontenttype: 'text/plain' }),
      event({ datacontenttype: 'application/json' }),
    ]
    for (const sent of events) {
      const { data, ...attributes } = binding.decode(binding.encode(sent))
      expect(data).toEqual(sent.data)
      expect('data' in binding.decode(binding.encode(sent))).toBe('data' in sent && sent.data !== undefined)
      expect(attributes).toMatchObject({ id: sent.id })
    }
  })

  it('refuses data of no bytes in binary mode, naming the way out', () => {
    expect(thrownBy(() => binding.encode(event({ data: empty }), { mode: 'binary' }))).toMatchObject({
      code: 'ERR_INVALID_EVENT',
      adapter: name,
      message: expect.stringContaining('leave mode "binary" out'),
    })
  })

  it('relays an event read elsewhere with its data bytes', () => {
    const text = '{ "big": 9007199254740993 }'
    const memory = memoryBinding()
    const headers = {
      'ce-specversion': '1.0',
      'content-type': 'application/json',
      'ce-id': '1',
      'ce-source': '/s',
      'ce-type': 't',
    }
    const relayed = binding.encode(memory.decode({ body: bytesOf(text), headers }))
    expect(textOf(relayed.body)).toBe(text)
    const back = memory.encode(binding.decode(relayed))
    expect(textOf(back.body)).toBe(text)
    expect(back.headers).toEqual(headers)
  })

  it('gives every event back as memory does', () => {
    const memory = memoryBinding()
    fc.assert(
      fc.property(arbEvent(arbString), fc.constantFrom('auto', 'structured'), (sent, mode) => {
        const expected = memory.encode(sent, { mode: 'structured' })
        const received = binding.decode(binding.encode(sent, { mode }))
        expect(memory.decode(memory.encode(received, { mode: 'structured' }))).toEqual(
          memory.decode(expected),
        )
      }),
    )
  })
})

describe('a dead letter', () => {
  const dlq = { dlqreason: '50% broken', dlqattempts: 3 }
  const reserved = {
    'Nats-Msg-Id': 'order-17',
    'Nats-Rollup': 'sub',
    'nats-expected-last-sequence': '41',
    'Nats-TTL': '1s',
  }

  it('keeps payload and headers, but not what told the server what to do with the original', () => {
    for (const { annotate } of both) {
      const message = { body: bytesOf('{'), headers: { 'x-trace': 't', ...reserved } }
      expect(annotate(message, dlq)).toEqual({
        body: message.body,
        headers: { 'x-trace': 't', 'ce-dlqreason': '50%25%20broken', 'ce-dlqattempts': '3' },
      })
    }
  })

  it('has no reserved header among the repeated ones either', () => {
    const headerValues = { 'Nats-Msg-Id': ['a', 'b'], 'x-trace': ['s', 't'] }
    const message = { body: empty, headers: { 'x-trace': 't', 'Nats-Msg-Id': 'b' }, headerValues }
    const annotated = jetstream.annotate(message, dlq)
    expect(annotated.headerValues).toEqual({ 'x-trace': ['s', 't'] })
    expect(annotated.headers).not.toHaveProperty('Nats-Msg-Id')
  })

  it('of an event is that event with the reasons, in binary and structured mode', () => {
    const original = event({ data: { n: 1 }, datacontenttype: 'application/json' })
    for (const { encode, annotate, decode } of both) {
      for (const mode of ['binary', 'structured'] as const) {
        const letter = annotate(encode(original, { mode }), dlq)
        expect(letter.headers).not.toHaveProperty('Nats-Msg-Id')
        expect(decode(letter)).toEqual({ ...original, ...dlq })
      }
    }
  })
})

describe('options', () => {
  it('are each binding’s own: strict refuses what lenient reads', () => {
    const message = {
      body: empty,
      headers: { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't', 'ce-note': 'a b' },
    }
    for (const make of [natsBinding, jetstreamBinding]) {
      expect(make().decode(message)).toHaveProperty('note', 'a b')
      expect(thrownBy(() => make({ strict: true }).decode(message))).toMatchObject({
        violations: [{ attribute: 'note', rule: 'raw-text' }],
      })
    }
  })
})

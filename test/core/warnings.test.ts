import { describe, expect, it } from '@jest/globals'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { leniencies } from '../../adapters/core/leniency.ts'
import type { Observation } from '../../adapters/core/observe.ts'
import { bytesOf, envelope } from './events.ts'
import { delivery, recordedRunner } from './recorded-runner.ts'

const odd = { body: bytesOf(envelope('"time":"yesterday"')), headers: {} }

function warned(observations: readonly Observation[]) {
  return observations.flatMap((seen) =>
    seen.kind === 'warned' ? [[seen.delivery.position, seen.warning.leniency]] : [],
  )
}

describe('a message that is read leniently', () => {
  it('is observed once for each leniency, before its handler runs, and not again when the attempt is repeated', async () => {
    let calls = 0
    const run = recordedRunner(() => (++calls < 3 ? Promise.reject(new Error('again')) : undefined), {
      capabilities: { redelivery: 'runner', attempts: false, delay: false },
    })
    const done = run.deliver([delivery('1', { message: odd })])
    await run.clock.advance(10_000)
    await done
    expect(warned(run.observations)).toEqual([
      ['1', 'dropped-attribute'],
      ['1', 'sniffed'],
    ])
    expect(run.kinds()).toEqual(['received', 'warned', 'warned', 'retried', 'retried', 'handled'])
  })

  it('is logged once for each leniency of a subscription, with its place', async () => {
    const run = recordedRunner(() => {})
    await run.deliver([delivery('1', { message: odd }), delivery('2', { message: odd })])
    expect(warned(run.observations)).toHaveLength(4)
    expect(run.log).toMatchObject([
      {
        level: 'warn',
        fields: { topic: 'orders', position: '1', leniency: 'dropped-attribute', attribute: 'time' },
      },
      { level: 'warn', fields: { topic: 'orders', position: '1', leniency: 'sniffed' } },
    ])
  })

  it('is observed a hundred times at most', async () => {
    const members = Array.from({ length: 500 }, (_, i) => `"X${i}":1`).join(',')
    const run = recordedRunner(() => {})
    await run.deliver([delivery('1', { message: { body: bytesOf(envelope(members)), headers: {} } })])
    expect(warned(run.observations)).toHaveLength(100)
    expect(run.kinds().at(-1)).toBe('handled')
  })

  it('is not dead-lettered by an observer or a logger that throws', async () => {
    const boom = () => {
      throw new Error('boom')
    }
    const run = recordedRunner(() => {}, {
      observe: boom,
      logger: { debug: boom, info: boom, warn: boom, error: boom },
    })
    expect(await run.deliver([delivery('1', { message: odd })])).toEqual([{ kind: 'ack' }])
  })
})

it('each leniency is told in words', () => {
  for (const [name, text] of Object.entries(leniencies)) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(text.length).toBeGreaterThan(20)
  }
})

describe('options of a binding', () => {
  const transport = { name: 'test', prefix: 'ce-' }
  const required = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' }

  it('strip leaves attributes out, whether they are in headers or in an envelope', () => {
    const binding = headerBinding(transport, { strip: ['kafkaoffset', 'tenant'] })
    const headers = { ...required, 'ce-kafkaoffset': '5', 'ce-tenant': 'a', 'ce-kept': 'b' }
    expect({ ...binding.decode({ body: null, headers }) }).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
      kept: 'b',
    })
    const body = bytesOf(envelope('"kafkaoffset":5,"kept":"b"'))
    const read = binding.decode({ body, headers: { 'content-type': 'application/cloudevents+json' } })
    expect([read.kafkaoffset, read.kept]).toEqual([undefined, 'b'])
  })

  it('extensions give own attributes a type that survives headers', () => {
    const binding = headerBinding(transport, {
      extensions: { retries: 'Integer', urgent: 'Boolean', hash: 'Binary' },
    })
    const event = {
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
      retries: -3,
      urgent: false,
      hash: new Uint8Array([255]),
    }
    expect({ ...binding.decode(binding.encode(event)) }).toEqual(event)
    expect({ ...binding.decode(binding.encode(event, { mode: 'structured' })) }).toEqual(event)
  })

  it('a documented extension that does not fit its type stays text, under a warning', () => {
    const seen: unknown[] = []
    const headers = { ...required, 'ce-sampledrate': '1e3', 'ce-deprecated': 'yes', 'ce-severitynumber': '9' }
    const read = headerBinding(transport).decode({ body: null, headers }, undefined, (warning) =>
      seen.push(warning),
    )
    expect(read).toMatchObject({ sampledrate: '1e3', deprecated: 'yes', severitynumber: 9 })
    expect(seen).toMatchObject([
      { leniency: 'extension-type', attribute: 'sampledrate' },
      { leniency: 'extension-type', attribute: 'deprecated' },
    ])
  })

  it('mode is what events are written in unless publish says otherwise', () => {
    const binding = headerBinding(transport, { mode: 'structured' })
    const event = { specversion: '1.0', id: '1', source: '/s', type: 't' }
    expect(binding.encode(event).headers).toHaveProperty(
      'content-type',
      'application/cloudevents+json; charset=utf-8',
    )
    expect(binding.encode(event, { mode: 'binary' }).headers).toHaveProperty('ce-id', '1')
  })
})

describe('headers that one string cannot hold', () => {
  const binding = headerBinding({ name: 'test', prefix: 'ce-' })
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': '2',
    'ce-source': '/s',
    'ce-type': 't',
    'ce-note': '\ufffd',
  }

  function read(headerValues: Record<string, (string | Uint8Array)[]>) {
    const seen: string[] = []
    const warn = ({ leniency, attribute }: { leniency: string; attribute?: string | undefined }) =>
      seen.push(`${attribute}: ${leniency}`)
    return { event: binding.decode({ body: null, headers, headerValues }, undefined, warn), seen }
  }

  it('give their last value, under a warning, and those of others none', () => {
    const { event, seen } = read({ 'ce-id': ['1', '2'], trace: ['a', 'b'] })
    expect([event.id, seen]).toEqual(['2', ['id: repeated-header']])
  })

  it('that are no UTF-8 are left out, or refused where they are required', () => {
    const { event, seen } = read({ 'ce-note': [new Uint8Array([0xff])] })
    expect([event.note, seen]).toEqual([undefined, ['note: dropped-attribute']])
    expect(() => read({ 'ce-id': [new Uint8Array([0xff])] })).toThrow('"id" is not UTF-8 text')
  })

  it('stay with a message that is dead-lettered, but for those replaced', () => {
    const message = { body: null, headers, headerValues: { trace: ['a', 'b'], 'ce-dlqreason': ['x', 'y'] } }
    expect(binding.annotate(message, { dlqreason: 'boom' }).headerValues).toEqual({ trace: ['a', 'b'] })
  })
})

describe('a content type that stands more than once', () => {
  const transport = { name: 'test', prefix: 'ce-' }
  const required = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' }
  const structured = 'application/cloudevents+json'

  function leniencyOf(
    headers: Record<string, string>,
    headerValues?: Record<string, (string | Uint8Array)[]>,
  ) {
    const message = { body: bytesOf(envelope()), headers, headerValues }
    const seen: string[] = []
    headerBinding(transport).decode(message, undefined, ({ leniency }) => seen.push(leniency))
    expect(() =>
      headerBinding(transport, { strict: true, raw: 'accept' }).decode(message, {
        topic: 't',
        position: '1',
      }),
    ).toThrow()
    return seen
  }

  it('is a leniency also where the last one declares an envelope', () => {
    const values = { 'content-type': ['application/json', structured] }
    expect(leniencyOf({ 'content-type': structured }, values)).toEqual(['repeated-header'])
  })

  it('is one in another spelling', () => {
    const headers = { ...required, 'content-type': 'application/json', 'Content-Type': 'text/plain' }
    expect(leniencyOf(headers)).toEqual(['repeated-header'])
  })

  it('is a conflict where the attribute header says something else, and nothing where it says the same', () => {
    const headers = { ...required, 'content-type': 'application/json' }
    expect(leniencyOf({ ...headers, 'ce-datacontenttype': 'text/plain' })).toEqual(['content-type-conflict'])
    const same = { body: bytesOf('1'), headers: { ...headers, 'ce-datacontenttype': 'application/json' } }
    expect(headerBinding(transport, { strict: true }).decode(same).data).toBe(1)
  })

  it('is refused where its bytes are no text', () => {
    const message = {
      body: null,
      headers: { ...required, 'content-type': '\ufffd' },
      headerValues: { 'content-type': [new Uint8Array([255])] },
    }
    expect(() => headerBinding(transport).decode(message)).toThrow('"datacontenttype" is not UTF-8 text')
  })
})

it('an attribute that every event has can neither be stripped nor be given a type', () => {
  for (const options of [{ strip: ['id'] }, { extensions: { type: 'String' } }] as const)
    expect(() => headerBinding({ name: 'test', prefix: 'ce-' }, options)).toThrow(
      /option "(strip|extensions)" is not valid/,
    )
})

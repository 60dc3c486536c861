import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { canonical } from '../../adapters/core/data.ts'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { decodeJson, decodeJsonBatch, encodeJson, encodeJsonBatch } from '../../adapters/core/json.ts'
import { arbAttributeValue, arbEvent, arbJson, arbJsonAttribute, arbMessageBytes } from './arbitraries.ts'
import { bytesOf, envelope, textOf } from './events.ts'

const binding = headerBinding({ name: 'test', prefix: 'ce-' })

/** Attributes as headers carry them: strings, by name. */
function inHeaders(event: CloudEvent): Record<string, unknown> {
  const entries = Object.entries(event).filter(([name]) => name !== 'data')
  return Object.fromEntries(entries.map(([name, value]) => [name, headerText(value)]))
}

function headerText(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return canonical(value)
  if (value instanceof Uint8Array) return canonical(value)
  throw new Error(`${typeof value} is no attribute`)
}

describe('any valid event', () => {
  it('comes back the same from the JSON format', () => {
    fc.assert(
      fc.property(arbEvent(arbJsonAttribute), (event) => {
        expect({ ...decodeJson(encodeJson(event)) }).toEqual(wellFormed(event))
      }),
    )
  })

  it('comes back the same from a batch', () => {
    fc.assert(
      fc.property(fc.array(arbEvent(arbJsonAttribute), { maxLength: 4 }), (events) => {
        const read = decodeJsonBatch(encodeJsonBatch(events))
        expect(read.map((event) => ({ ...event }))).toEqual(events.map(wellFormed))
      }),
    )
  })

  it('comes back the same from a structured message', () => {
    fc.assert(
      fc.property(arbEvent(arbJsonAttribute), (event) => {
        const read = binding.decode(binding.encode(event, { mode: 'structured' }))
        expect({ ...read }).toEqual(wellFormed(event))
      }),
    )
  })

  it('comes back from a binary message with its attributes as text and its data the same', () => {
    fc.assert(
      fc.property(arbEvent(arbAttributeValue), (event) => {
        const read = binding.decode(binding.encode(event))
        expect(inHeaders(read)).toEqual(inHeaders(event))
        expect(read.data).toEqual(wellFormed(event).data)
      }),
    )
  })

  it('keeps the bytes of its data through any number of hops in any mode', () => {
    const arbHops = fc.array(fc.constantFrom<'binary' | 'structured'>('binary', 'structured'), {
      maxLength: 5,
    })
    fc.assert(
      fc.property(arbEvent(), arbHops, fc.boolean(), (event, hops, read) => {
        const { body } = binding.encode(event)
        let hopped = binding.decode(binding.encode(event))
        for (const mode of hops) {
          if (read) void hopped.data
          hopped = binding.decode(binding.encode(hopped, { mode }))
        }
        expect(binding.encode(hopped).body).toEqual(body)
      }),
    )
  })
})

describe('any JSON text', () => {
  it('is relayed as data character for character, whatever its spaces', () => {
    const arbText = fc
      .tuple(arbJson, fc.constantFrom<string | number>(0, 1, '\t', ' \r\n'))
      .map(([value, space]) => JSON.stringify(value, undefined, space))
    fc.assert(
      fc.property(arbText, (text) => {
        const read = decodeJson(bytesOf(envelope(`"data":${text}`)))
        expect(textOf(binding.encode(read).body)).toBe(text)
        expect(textOf(encodeJson(read))).toContain(`"data":${text}`)
      }),
    )
  })
})

describe('any bytes', () => {
  it('are an event, whose writing reads back the same, or a DecodeError', () => {
    fc.assert(
      fc.property(arbMessageBytes, (bytes) => {
        let read: CloudEvent
        try {
          read = decodeJson(bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_DECODE' })
          return
        }
        expect(decodeJson(encodeJson(read))).toEqual(read)
      }),
    )
  })
})

/** Text data with lone surrogates cannot be UTF-8: they become U+FFFD, as everywhere in the web's platform. */
function wellFormed(event: CloudEvent): CloudEvent {
  const isText = typeof event.data === 'string' && !/json/i.test(event.datacontenttype ?? 'json')
  return isText ? { ...event, data: textOf(bytesOf(String(event.data))) } : { ...event }
}

import { describe, expect, it } from '@jest/globals'
import { deadLetterMessage } from '../../adapters/core/dead-letter.ts'
import type { Message } from '../../adapters/core/message.ts'
import { binding, limits } from '../../adapters/pubsub/binding.ts'
import { bytesOf, event, textOf, thrownBy } from '../core/events.ts'

const origin = { topic: 'projects/p/topics/orders', position: '7' }

function headersOf(length: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length }, (_, i) => [`x${i}`, '1']))
}

function letterOf(message: Message, cause: unknown): Message {
  const native = undefined
  const delivery = { ...origin, message, attempt: 5, signal: new AbortController().signal, native }
  return deadLetterMessage(binding, { delivery, cause, attempts: 5, time: 0 })
}

describe('annotations of a Pub/Sub message', () => {
  it('stand in attributes, beside those of the event, the data untouched', () => {
    const message = binding.encode(event({ id: '1', data: { a: 1 } }))
    const annotated = binding.annotate(message, { dlqreason: 'over', dlqattempts: 5 }, origin)
    expect(annotated.headers).toEqual({ ...message.headers, 'ce-dlqreason': 'over', 'ce-dlqattempts': '5' })
    expect(annotated.body).toBe(message.body)
    expect(binding.decode(annotated)).toMatchObject({ id: '1', dlqreason: 'over', dlqattempts: 5 })
  })

  it('stand in the envelope of a structured event', () => {
    const message = binding.encode(event({ id: '1', data: { a: 1 } }), { mode: 'structured' })
    const annotated = binding.annotate(message, { dlqreason: 'over' }, origin)
    expect(annotated.headers).toEqual(message.headers)
    expect(binding.decode(annotated)).toMatchObject({ id: '1', dlqreason: 'over', data: { a: 1 } })
  })

  it('stand beside a raw message', () => {
    const annotated = binding.annotate(
      { body: bytesOf('raw'), headers: { color: 'blue' } },
      { dlqreason: 'no' },
    )
    expect(annotated.headers).toEqual({ color: 'blue', 'ce-dlqreason': 'no' })
    expect(textOf(annotated.body)).toBe('raw')
  })

  it('are cut where a character ends, at 1024 bytes', () => {
    const of = (text: string) =>
      binding.annotate({ body: bytesOf('raw'), headers: {} }, { dlqreason: text }).headers['ce-dlqreason']
    expect(of('a'.repeat(limits.attributeValue + 1))).toBe('a'.repeat(limits.attributeValue))
    expect(of(`a${'€'.repeat(342)}`)).toBe(`a${'€'.repeat(341)}`)
    expect(of('😀'.repeat(257))).toBe('😀'.repeat(256))
    expect(of('€'.repeat(341))).toBe('€'.repeat(341))
  })

  it('take the place of attributes that Google wrote, which cannot be published again', () => {
    const message = { body: bytesOf('raw'), headers: { googclient_schemaencoding: 'JSON', color: 'blue' } }
    expect(binding.annotate(message, { dlqreason: 'no' }).headers).toEqual({
      color: 'blue',
      'ce-dlqreason': 'no',
    })
  })

  it('are refused where they would be too many, so that a dead letter goes without them', () => {
    const full = { body: bytesOf('raw'), headers: headersOf(limits.attributes) }
    expect(thrownBy(() => binding.annotate(full, { dlqreason: 'no' }))).toMatchObject({
      code: 'ERR_INVALID_EVENT',
      violations: [{ attribute: 'event', rule: 'attribute-count' }],
    })
    expect(letterOf(full, new Error('no'))).toEqual(full)
  })

  it('keep a dead letter within the limits, however long its reason', () => {
    const { headers } = letterOf(binding.encode(event()), new Error('€'.repeat(600)))
    expect(new TextEncoder().encode(headers['ce-dlqreason']).length).toBeLessThanOrEqual(
      limits.attributeValue,
    )
    expect(headers['ce-dlqreason']).toMatch(/^€{341}$/)
  })
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { deadLetterMessage } from '../../adapters/core/dead-letter.ts'
import type { Message } from '../../adapters/core/message.ts'
import { binding, kinesisBinding } from '../../adapters/kinesis/binding.ts'
import { bytesOf, envelope, event, textOf, thrownBy } from '../core/events.ts'
import { aggregated } from './aggregation-encoder.ts'

const origin = { topic: 'orders', lane: 'shardId-000000000006', position: '4959#2', time: 0 }
const attributes = { dlqreason: 'over', dlqattempts: 5 }

function record(body: string | Uint8Array): Message {
  return { body: typeof body === 'string' ? bytesOf(body) : body, headers: {}, key: 'k' }
}

describe('annotations of a Kinesis record', () => {
  it('stand in the envelope of an event, its data untouched', () => {
    const annotated = binding.annotate(
      record(
        envelope('"flag":true,"time":"2020-01-01T00:00:00.123456789Z","data":{ "big": 9007199254740993 }'),
      ),
      attributes,
      origin,
    )
    expect(annotated).toMatchObject({ headers: {}, key: 'k' })
    expect(textOf(annotated.body)).toBe(
      envelope(
        '"flag":true,"time":"2020-01-01T00:00:00.123456789Z","dlqreason":"over","dlqattempts":5,' +
          '"data":{ "big": 9007199254740993 }',
      ),
    )
  })

  it('change nothing but themselves when the event comes back once more', () => {
    const once = binding.annotate(record(envelope('"data":1')), { dlqreason: 'one', dlqattempts: 1 }, origin)
    const twice = binding.annotate(once, { dlqreason: 'two', dlqattempts: 2 }, origin)
    expect(binding.decode(twice)).toMatchObject({ id: '1', dlqreason: 'two', dlqattempts: 2, data: 1 })
  })

  it.each([
    ['text', 'Hello'],
    ['JSON that is no event', '{"price":9007199254740993}'],
    ['nothing', ''],
    ['an event with an illegal attribute', envelope('"subject":"","data":1')],
    ['an event after a byte order mark', `\ufeff${envelope()}`],
    ['an event of version 0.3', '{"specversion":"0.3","id":"1","source":"/s","type":"t"}'],
    ['a batch', `[${envelope()}]`],
    ['an aggregated record', aggregated([{ data: bytesOf(envelope()), partitionKey: 'a' }])],
  ])('stand in a raw event around the bytes of %s', (_, body) => {
    const original = record(body)
    const annotated = binding.annotate(original, attributes, origin)
    const { data, ...others } = binding.decode(annotated)
    expect(others).toEqual({
      specversion: '1.0',
      id: 'shardId-000000000006:4959#2',
      source: 'kinesis:///orders',
      type: 'com.amazon.kinesis.stream_record',
      subject: 'k',
      time: '1970-01-01T00:00:00.000Z',
      ...attributes,
    })
    expect(data).toEqual(new Uint8Array(original.body ?? []))
    expect(annotated.key).toBe('k')
  })

  it('stand there also where raw records are refused or made by the application', () => {
    for (const raw of ['reject', () => event()] as const) {
      const annotated = kinesisBinding({ raw, rawSource: 'arn:x:' }).annotate(
        record('Hello'),
        attributes,
        origin,
      )
      expect(binding.decode(annotated)).toMatchObject({ source: 'arn:x:orders', dlqreason: 'over' })
    }
  })

  it('need no origin: the bytes themselves then name the event, always the same', () => {
    const annotated = binding.annotate({ body: bytesOf('Hello'), headers: {} }, attributes)
    const decoded = binding.decode(annotated)
    expect(decoded).toMatchObject({
      id: 'md5:8b1a9953c4611296a827abf8c47804d7',
      source: 'kinesis:///',
      ...attributes,
    })
    expect(textOf(annotated.body)).toContain('"data_base64":"SGVsbG8="')
    expect(annotated.key).toBe('md5:8b1a9953c4611296a827abf8c47804d7')
    expect(
      binding.annotate({ body: bytesOf('Hello'), headers: {} }, attributes, { topic: 'orders' }),
    ).toMatchObject({
      key: annotated.key,
    })
  })

  it('keep the bytes of whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        const { data } = binding.decode(binding.annotate({ body, headers: {} }, attributes, origin))
        expect(data).toEqual(body)
      }),
    )
  })

  it('do not change who the event is', () => {
    const annotated = binding.annotate(record(envelope()), { id: 'other', dlqreason: 'over' }, origin)
    expect(binding.decode(annotated)).toMatchObject({ id: '1', dlqreason: 'over' })
  })

  it('that break a rule are refused', () => {
    const call = () => binding.annotate(record('Hello'), { dlqreason: '\0' }, origin)
    expect(thrownBy(call)).toMatchObject({ code: 'ERR_INVALID_EVENT' })
  })

  it('are left out where they would make the dead letter too large, so that it arrives', () => {
    const message = record('x'.repeat(1000))
    const delivery = {
      ...origin,
      message,
      attempt: 5,
      signal: new AbortController().signal,
      native: undefined,
    }
    const letter = { delivery, cause: new Error('over'), attempts: 5, time: 0 }
    expect(deadLetterMessage(binding, letter, 1100)).toBe(message)
    expect(binding.decode(deadLetterMessage(binding, letter))).toMatchObject({
      dlqtopic: 'orders',
      dlqattempts: 5,
    })
  })
})

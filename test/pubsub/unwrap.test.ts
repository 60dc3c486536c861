import { describe, expect, it } from '@jest/globals'
import { DecodeError } from '../../adapters/core/errors.ts'
import { type CloudEvent, createEvent, derive } from '../../adapters/core/event.ts'
import { decodeJson, encodeJson } from '../../adapters/core/json.ts'
import type { Message, Warning } from '../../adapters/index.ts'
import { binding, pubsubUnwrapper, unwrapped } from '../../adapters/pubsub/binding.ts'
import { bytesOf, event, thrownBy } from '../core/events.ts'

const source = '//pubsub.googleapis.com/projects/p/topics/orders'
const published = 'google.cloud.pubsub.topic.v1.messagePublished'

function outerOf(data: unknown, type = published): CloudEvent {
  return createEvent({ type, source, id: '2062188230451423', data })
}

function wrapped({ body, headers }: Message) {
  const data = body === null ? undefined : Buffer.from(body).toString('base64')
  return { message: { data, attributes: headers, messageId: '2062188230451423' }, subscription: 's' }
}

const inner = event({ id: '1', partitionkey: 'k', time: '2026-01-31T12:00:00.123456789Z', data: { a: 1 } })

describe('an event that wraps a Pub/Sub message', () => {
  it.each([published, 'google.pubsub.topic.publish', 'providers/cloud.pubsub/eventTypes/topic.publish'])(
    'of type %s is the event in the message',
    (type) => {
      for (const mode of ['binary', 'structured'] as const) {
        const read = unwrapped(outerOf(wrapped(binding.encode(inner, { mode })), type))
        expect({ ...read }).toEqual({ ...inner })
      }
    },
  )

  it('of the first Cloud Functions may be the message itself', () => {
    const { message } = wrapped(binding.encode(inner))
    const type = 'google.pubsub.topic.publish'
    const data = { '@type': 'type.googleapis.com/google.pubsub.v1.PubsubMessage', ...message }
    expect(unwrapped(outerOf(data, type)).id).toBe('1')
    expect(unwrapped(outerOf(message, type)).id).toBe('2062188230451423')
  })

  it('is read as it comes from the wire, its data untouched by numbers beyond 2^53', () => {
    const body = bytesOf('{"n":12345678901234567890}')
    const headers = binding.encode(inner).headers
    const outer = decodeJson(encodeJson(outerOf(wrapped({ body, headers }))))
    const relayed = binding.encode(unwrapped(outer))
    expect(relayed.body).toEqual(Buffer.from(body))
  })

  it('is unwrapped one level only', () => {
    const middle = outerOf(wrapped(binding.encode(inner)))
    const read = unwrapped(outerOf(wrapped(binding.encode(derive(middle, { id: 'middle' })))))
    expect(read).toMatchObject({ id: 'middle', type: published })
    expect(unwrapped(read).id).toBe('1')
  })

  it('tells of the leniencies that its message takes, and refuses them where strict', () => {
    const outer = outerOf(wrapped({ body: encodeJson(inner), headers: {} }))
    const warnings: Warning[] = []
    expect(unwrapped(outer, (warning) => warnings.push(warning)).id).toBe('1')
    expect(warnings.map(({ leniency }) => leniency)).toEqual(['sniffed'])
    expect(pubsubUnwrapper({ strict: true, sniff: false })(outer)).toBe(outer)
    expect(thrownBy(() => pubsubUnwrapper({ strict: true })(outer))).toBeInstanceOf(DecodeError)
  })

  it('is an error where its message is broken or its event is invalid, as for any other reader', () => {
    const { 'ce-id': _, ...headers } = binding.encode(inner).headers
    const invalid = thrownBy(() => unwrapped(outerOf(wrapped({ body: null, headers }))))
    expect(invalid).toMatchObject({ code: 'ERR_DECODE', violations: [{ attribute: 'id', rule: 'required' }] })
    const broken = thrownBy(() => unwrapped(outerOf({ message: { data: 'a' } })))
    expect(broken).toMatchObject({ code: 'ERR_DECODE', violations: [{ attribute: 'data', rule: 'base64' }] })
  })
})

describe('an event that stays as it is', () => {
  it.each([
    ['whose message is no event', outerOf(wrapped({ body: bytesOf('Hello'), headers: { color: 'blue' } }))],
    ['whose message has no data', outerOf(wrapped({ body: null, headers: { color: 'blue' } }))],
    ['without a message', outerOf({ subscription: 's' })],
    ['without data', outerOf(undefined)],
    ['with other data', outerOf('text')],
    ['of another type', outerOf(wrapped(binding.encode(inner)), 'com.example.placed')],
  ])('is one %s', (_, outer) => {
    expect(unwrapped(outer)).toBe(outer)
    expect(pubsubUnwrapper({ raw: 'reject', strict: true })(outer)).toBe(outer)
  })

  it('is what the raw mapping makes of the same message, pulled', () => {
    const message = { body: bytesOf('Hello'), headers: { color: 'blue' } }
    const pulled = binding.decode(message, {
      topic: 'projects/p/topics/orders',
      position: '2062188230451423',
    })
    const { time: _, ...outer } = outerOf({
      message: { data: 'SGVsbG8=', attributes: { color: 'blue' }, messageId: '2062188230451423' },
    })
    expect({ ...pulled }).toEqual(outer)
  })
})

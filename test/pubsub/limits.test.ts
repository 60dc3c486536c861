import { describe, expect, it } from '@jest/globals'
import { InvalidEventError } from '../../adapters/core/errors.ts'
import { binding } from '../../adapters/pubsub/binding.ts'
import { event, thrownBy } from '../core/events.ts'

function refusal(call: () => unknown): string {
  const error = thrownBy(call)
  expect(error).toBeInstanceOf(InvalidEventError)
  return error instanceof InvalidEventError ? error.message : ''
}

describe('a message that Pub/Sub would refuse', () => {
  it('is refused with the attribute, its size in bytes and the limit', () => {
    const long = event({ subject: '€'.repeat(342) })
    expect(refusal(() => binding.encode(long, { mode: 'binary' }))).toBe(
      '[pubsub] invalid CloudEvent: "subject" has 1026 bytes, as a Pub/Sub attribute at most 1024: ' +
        'shorten it, or use mode auto or structured',
    )
  })

  it('is refused in mode auto where a header of the caller is to blame, whatever the event', () => {
    const headers = { 'x-trace': 'a'.repeat(1025) }
    expect(refusal(() => binding.encode(event(), { headers }))).toBe(
      '[pubsub] invalid CloudEvent: "x-trace" has 1025 bytes, as a Pub/Sub attribute at most 1024: ' +
        'shorten it, or leave this header out',
    )
    const long = event({ subject: 'a'.repeat(1025) })
    expect(refusal(() => binding.encode(long, { headers }))).toMatch(/"x-trace" has 1025 bytes/)
  })

  it('does not show the value, which may be secret', () => {
    const headers = { 'x-token': `secret${'a'.repeat(1020)}` }
    expect(refusal(() => binding.encode(event(), { headers }))).not.toMatch(/secret/)
  })

  it('counts the headers of the caller and the attributes of the event together', () => {
    const headers = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`x${i}`, '1']))
    const { 'content-type': type, ...others } = binding.encode(event({ id: '1' }), { headers }).headers
    expect(type).toMatch(/^application\/cloudevents\+json/)
    expect(others).toEqual(headers)
    const full = { ...headers, y: '1' }
    expect(refusal(() => binding.encode(event(), { headers: full }))).toMatch(/101 Pub\/Sub attributes/)
  })
})

describe('an event without data, and one with empty data', () => {
  it('stay apart on their way through Pub/Sub, which knows no empty data', () => {
    const through = (data: unknown) => {
      const made = data === undefined ? event() : event({ data, datacontenttype: 'application/octet-stream' })
      const { body, headers } = binding.encode(made)
      // What the service hands over: bytes, maybe none.
      return binding.decode({ body: body ?? new Uint8Array(), headers })
    }
    expect('data' in through(undefined)).toBe(false)
    expect(through(new Uint8Array()).data).toEqual(new Uint8Array())
  })
})

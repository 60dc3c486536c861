import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { jetstreamBinding } from '../../adapters/nats/binding.ts'
import { dedupeKey, messageId } from '../../adapters/nats/dedupe-key.ts'
import { arbNonEmptyString, arbUriReference } from '../core/arbitraries.ts'
import { event, thrownBy } from '../core/events.ts'

describe('the key by which JetStream knows duplicates', () => {
  it('is source and id with a space between', () => {
    expect(dedupeKey({ source: '/orders', id: 'A-1' })).toBe('/orders A-1')
    expect(messageId('orders.created', '/orders A-1')).toBe('orders.created /orders A-1')
  })

  it('tells apart what would be the same when joined', () => {
    const pairs = [
      ['/a', 'b c'],
      ['/a%20b', 'c'],
      ['/a', 'b%20c'],
      ['/a b', 'c'],
      ['/a%2520b', 'c'],
    ] as const
    const keys = pairs.map(([source, id]) => dedupeKey({ source, id }))
    expect(new Set(keys).size).toBe(pairs.length)
  })

  it('says which source and id it was made of', () => {
    fc.assert(
      fc.property(arbUriReference, arbNonEmptyString, (source, id) => {
        expect(dedupeKey({ source, id }).split(' ').map(decodeURIComponent)).toEqual([source, id])
      }),
    )
  })

  it('holds printable ASCII only, in whatever subject it is sent to', () => {
    fc.assert(
      fc.property(arbNonEmptyString, arbUriReference, arbNonEmptyString, (subject, source, id) => {
        const value = messageId(subject, dedupeKey({ source, id }))
        expect(value).toMatch(/^[!-~]+ [!-~]+ [!-~]+$/)
        expect(decodeURIComponent(value.slice(0, value.indexOf(' ')))).toBe(subject)
      }),
    )
  })

  it('is at most nine times as long as source and id', () => {
    expect(dedupeKey({ source: '/s', id: '€'.repeat(100) })).toHaveLength(3 + 9 * 100)
  })

  it('is the same for an event and for what is relayed of it, in every mode', () => {
    const binding = jetstreamBinding()
    const sent = binding.encode(event({ id: 'n° 1', data: { n: 1 } }))
    const relayed = binding.encode(binding.decode(sent), { mode: 'structured' })
    const again = binding.encode(binding.decode(relayed), { mode: 'binary' })
    for (const message of [sent, relayed, again]) {
      expect(message.headers['Nats-Msg-Id']).toBe('/orders n%C2%B0%201')
    }
  })

  it('does not hide that what is to be sent is no event', () => {
    const binding = jetstreamBinding()
    for (const strange of [null, 'event', { ...event(), source: { deep: 'a b' } }, { ...event(), id: 7 }]) {
      const error = thrownBy(() => Reflect.apply(binding.encode, binding, [strange]))
      expect(error).toMatchObject({ code: 'ERR_INVALID_EVENT' })
    }
  })
})

import { describe, expect, it } from '@jest/globals'
import { binding, fromPubsub, toPubsub } from '../../adapters/pubsub/binding.ts'
import { bytesOf, event } from '../core/events.ts'

const topic = 'orders'
const native = {
  id: '18446744073709551615',
  data: bytesOf('a'),
  attributes: { color: 'blue' },
  orderingKey: 'k',
  publishTime: new Date(1_612_498_446_109),
  deliveryAttempt: 3,
}

describe('a message of the client', () => {
  it('becomes a message with where it comes from and its attempt', () => {
    expect(fromPubsub(native, topic)).toEqual({
      message: { body: native.data, headers: { color: 'blue' }, key: 'k' },
      origin: { topic, lane: 'k', position: '18446744073709551615', time: 1_612_498_446_109 },
      attempt: 3,
      subscription: undefined,
    })
  })

  it('has attempt 1 where the subscription has no dead-letter policy', () => {
    for (const deliveryAttempt of [undefined, 0, Number.NaN])
      expect(fromPubsub({ ...native, deliveryAttempt }, topic).attempt).toBe(1)
  })

  it('has no lane and no key where there is no order, and no data where they are empty', () => {
    const { message, origin } = fromPubsub({ ...native, data: new Uint8Array(), orderingKey: '' }, topic)
    expect(message).toEqual({ body: null, headers: { color: 'blue' }, key: undefined })
    expect(origin.lane).toBeUndefined()
  })
})

describe('a message for the client', () => {
  it('has bytes also where there are no data, and the key as ordering key', () => {
    expect(toPubsub({ body: null, headers: { a: 'b' }, key: 'k' })).toEqual({
      data: new Uint8Array(),
      attributes: { a: 'b' },
      orderingKey: 'k',
    })
  })

  it('has no ordering key where there is no key', () => {
    expect(toPubsub({ body: bytesOf('a'), headers: {} })).not.toHaveProperty('orderingKey')
    expect(toPubsub({ body: bytesOf('a'), headers: {}, key: '' })).not.toHaveProperty('orderingKey')
  })

  it('leaves out what Google wrote on the way here', () => {
    const headers = { googclient_schemaencoding: 'JSON', googclient_deliveryattempt: '3', color: 'blue' }
    expect(toPubsub({ body: null, headers }).attributes).toEqual({ color: 'blue' })
  })

  it('comes back as the event that it was made of', () => {
    const made = event({ id: '1', subject: 'Grüße', sampledrate: 5, data: { a: 1 } })
    const { data, attributes, orderingKey } = toPubsub(binding.encode(made, { key: 'k' }))
    const { message } = fromPubsub({ ...native, data, attributes, orderingKey }, topic)
    expect({ ...binding.decode(message) }).toEqual({ ...made })
    expect(message.key).toBe('k')
  })
})

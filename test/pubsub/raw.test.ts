import { describe, expect, it } from '@jest/globals'
import { encodeJson } from '../../adapters/core/json.ts'
import { binding, pubsubBinding } from '../../adapters/pubsub/binding.ts'
import { bytesOf, textOf } from '../core/events.ts'

const origin = { topic: 'projects/p/topics/orders', position: '7', time: 0 }

describe('a raw message', () => {
  it('gives the same bytes at every delivery, in whatever order its attributes come', () => {
    const body = bytesOf('Hello')
    const first = binding.decode(
      { body, headers: { b: '2', a: '1', B: '3', googclient_deliveryattempt: '1' } },
      origin,
    )
    const second = binding.decode(
      { body, headers: { googclient_deliveryattempt: '2', B: '3', a: '1', b: '2' } },
      origin,
    )
    expect(textOf(encodeJson(second))).toBe(textOf(encodeJson(first)))
    expect(textOf(encodeJson(first))).toContain(
      '"data":{"message":{"data":"SGVsbG8=","attributes":{"B":"3","a":"1","b":"2"},"messageId":"7","publishTime":"1970-01-01T00:00:00.000Z"}}',
    )
  })

  it('is what a function of the application makes of it', () => {
    const own = pubsubBinding({
      raw: (_, { position = '' }) => ({ specversion: '1.0', id: position, source: '/own', type: 'own' }),
    })
    expect(own.decode({ body: null, headers: { a: '1' } }, origin)).toMatchObject({ id: '7', source: '/own' })
  })
})

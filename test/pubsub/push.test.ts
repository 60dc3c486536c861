import { describe, expect, it } from '@jest/globals'
import { DecodeError } from '../../adapters/core/errors.ts'
import { binding, pushedMessage } from '../../adapters/pubsub/binding.ts'
import { bytesOf, textOf, thrownBy } from '../core/events.ts'

const topic = 'projects/p/topics/orders'

/** As Google sends it: two members twice, in both cases. */
const push = {
  message: {
    attributes: { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/orders', 'ce-type': 'placed' },
    data: 'eyJhIjoxfQ==',
    messageId: '18446744073709551615',
    message_id: '18446744073709551615',
    orderingKey: 'k',
    publishTime: '2021-02-26T19:13:55.749123Z',
    publish_time: '2021-02-26T19:13:55.749123Z',
  },
  deliveryAttempt: 5,
  subscription: 'projects/p/subscriptions/s',
}

describe('a wrapped push request', () => {
  it('holds the message, where it comes from, its attempt and its subscription', () => {
    const { message, ...others } = pushedMessage(push, topic)
    expect(others).toEqual({
      origin: {
        topic,
        lane: 'k',
        position: '18446744073709551615',
        time: Date.UTC(2021, 1, 26, 19, 13, 55, 749),
      },
      attempt: 5,
      subscription: 'projects/p/subscriptions/s',
    })
    expect(textOf(message.body)).toBe('{"a":1}')
    expect(message.headers).toEqual(push.message.attributes)
    expect(message.key).toBe('k')
    expect(binding.decode(message)).toMatchObject({ id: '1', source: '/orders' })
  })

  it('reads the same from bytes as from parsed JSON', () => {
    expect(pushedMessage(bytesOf(JSON.stringify(push)), topic)).toEqual(pushedMessage(push, topic))
  })

  it('reads members in snake case alone', () => {
    const message = {
      data: 'YQ==',
      message_id: '7',
      publish_time: '2021-02-26T19:13:55Z',
      ordering_key: 'k',
    }
    const { origin } = pushedMessage({ message, subscription: 's' }, topic)
    expect(origin).toEqual({ topic, lane: 'k', position: '7', time: Date.UTC(2021, 1, 26, 19, 13, 55) })
  })

  it('has no data, no attributes and attempt 1 where Google leaves them out', () => {
    expect(pushedMessage({ message: { messageId: '7' } }, topic)).toEqual({
      message: { body: null, headers: {}, key: undefined },
      origin: { topic, lane: undefined, position: '7', time: undefined },
      attempt: 1,
      subscription: undefined,
    })
    const { message } = pushedMessage({ message: { data: '', attributes: null, orderingKey: '' } }, topic)
    expect(message).toEqual({ body: null, headers: {}, key: undefined })
  })

  it.each([0, -1, 1.5, '2', null])('counts an attempt of %p as the first', (deliveryAttempt) => {
    expect(pushedMessage({ ...push, deliveryAttempt }, topic).attempt).toBe(1)
  })

  it.each([
    ['no object', 'text', 'message'],
    ['null', null, 'message'],
    ['a list', [push], 'message'],
    ['without a message', { subscription: 's' }, 'message'],
    ['with data that are no text', { message: { data: 5 } }, 'data'],
    ['with data in the URL alphabet', { message: { data: '-_8=' } }, 'data'],
    ['with data that are not padded', { message: { data: 'YQ' } }, 'data'],
    ['with data with a line break', { message: { data: 'YWFh\nYQ==' } }, 'data'],
    ['with attributes in a list', { message: { attributes: ['a'] } }, 'attributes'],
    ['with an attribute that is no text', { message: { attributes: { a: 1 } } }, 'attributes'],
    ['with a message id that JSON has rounded', { message: { messageId: 2 ** 60 } }, 'messageId'],
    ['with a subscription that is no text', { message: {}, subscription: {} }, 'subscription'],
  ])('that is %s is a DecodeError naming the member', (_, body, attribute) => {
    const error = thrownBy(() => pushedMessage(body, topic))
    expect(error).toBeInstanceOf(DecodeError)
    expect(error).toMatchObject({ code: 'ERR_DECODE', adapter: 'pubsub', violations: [{ attribute }] })
  })

  it.each(['{', '', '\u00ff'])('that is not JSON (%j) is a DecodeError', (text) => {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
    expect(thrownBy(() => pushedMessage(bytes, topic))).toBeInstanceOf(DecodeError)
  })

  it('does not let an attribute named __proto__ reach a prototype', () => {
    const body = bytesOf('{"message":{"attributes":{"__proto__":"x","a":"b"},"messageId":"7"}}')
    const { message, origin } = pushedMessage(body, topic)
    const event = binding.decode(message, origin)
    expect(Object.getPrototypeOf(message.headers)).toBe(Object.prototype)
    expect(JSON.stringify(event.data)).toBe(
      '{"message":{"attributes":{"__proto__":"x","a":"b"},"messageId":"7"}}',
    )
  })
})

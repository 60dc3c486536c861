import { describe, expect, it } from '@jest/globals'
import { binding, noWrapperMessage } from '../../adapters/pubsub/binding.ts'
import { bytesOf } from '../core/events.ts'

const topic = 'projects/p/topics/orders'
const request = {
  host: 'example.com',
  'user-agent': 'CloudPubSub-Google',
  'content-length': '7',
  authorization: 'Bearer secret',
  'x-forwarded-for': '10.0.0.1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}
const metadata = {
  'x-goog-pubsub-subscription-name': 'projects/p/subscriptions/s',
  'x-goog-pubsub-message-id': '18446744073709551615',
  'x-goog-pubsub-publish-time': '2021-02-26T19:13:55.749Z',
  'x-goog-pubsub-ordering-key': 'k',
}
const event = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/orders', 'ce-type': 'placed' }

describe('a push request without wrapper', () => {
  it('holds the message in its body and headers, and nothing of the request', () => {
    const headers = { ...request, ...metadata, ...event, 'content-type': 'application/json', color: 'blue' }
    const body = bytesOf('{"a":1}')
    expect(noWrapperMessage(headers, body, topic)).toEqual({
      message: {
        body,
        headers: { ...event, 'content-type': 'application/json', color: 'blue' },
        key: 'k',
      },
      origin: {
        topic,
        lane: 'k',
        position: '18446744073709551615',
        time: Date.UTC(2021, 1, 26, 19, 13, 55, 749),
      },
      attempt: 1,
      subscription: 'projects/p/subscriptions/s',
    })
  })

  it('is none where no header has the message id', () => {
    expect(noWrapperMessage({ ...request, ...event }, bytesOf('a'), topic)).toBeUndefined()
  })

  it('reads what the emulator writes: a shorter header, a form as content type, bare UTF-8', () => {
    const subject = String.fromCharCode(...bytesOf('Grüße €'))
    const headers = {
      ...event,
      'ce-subject': subject,
      'ce-datacontenttype': 'application/json',
      'x-goog-pubsub-message-id': '7',
      'x-goog-ordering-key': 'k',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const read = noWrapperMessage(headers, bytesOf('[1]'), topic)
    expect(read?.origin.lane).toBe('k')
    expect(read && binding.decode(read.message)).toMatchObject({
      subject: 'Grüße €',
      datacontenttype: 'application/json',
      data: [1],
    })
  })

  it('keeps text that is no UTF-8, and percent signs, as they are', () => {
    const headers = { ...event, 'ce-subject': 'caf\u00e9', 'ce-note': '%41', ...metadata }
    const read = noWrapperMessage(headers, bytesOf(''), topic)
    expect(read && binding.decode(read.message)).toMatchObject({ subject: 'caf\u00e9', note: '%41' })
    expect(read?.message.body).toBeNull()
  })
})

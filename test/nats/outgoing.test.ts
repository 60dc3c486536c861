import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Message } from '../../adapters/core/message.ts'
import { createOutgoing } from '../../adapters/nats/outgoing.ts'
import { anyCodePoint } from '../core/characters.ts'
import { bytesOf, thrownBy } from '../core/events.ts'
import { writtenClient } from './clients.ts'

const arbName = fc.stringMatching(/^[!-9;-~]{1,12}$/).filter((name) => name !== '__proto__')
const arbValue = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^[ -~]{0,30}$/) },
  fc.string({ unit: anyCodePoint }).map((text) => text.replaceAll(/[\r\n]/g, '')),
)
const arbMessage = fc.record(
  {
    headers: fc.dictionary(arbName, arbValue, { maxKeys: 6 }),
    body: fc.oneof(fc.constant(null), fc.uint8Array({ maxLength: 50 }), fc.constant(new Uint8Array(70_000))),
    key: fc.string({ unit: anyCodePoint, maxLength: 5 }),
  },
  { requiredKeys: ['headers', 'body'] },
)
const arbPut = fc.tuple(
  fc.constantFrom('orders', 'aufträge.eu'),
  arbMessage,
  fc.constantFrom('', '_INBOX.abc.17'),
)

function writtenBy(layout: 'known' | 'other', puts: readonly (readonly [string, Message, string])[]) {
  const client = writtenClient(layout)
  const outgoing = createOutgoing(client.native, client.headers, 'jetstream')
  for (const [subject, message, reply] of puts) outgoing.put(subject, message, reply)
  outgoing.send()
  return client
}

it('whole messages are written as the client writes them, whatever is in them', () => {
  fc.assert(
    fc.property(fc.array(arbPut, { maxLength: 5 }), (puts) => {
      const ours = writtenBy('known', puts)
      expect(ours.text()).toBe(writtenBy('other', puts).text())
      expect(ours.published).toEqual([])
    }),
  )
})

it('a message is a command with its lengths, its headers and its body', () => {
  const message = { headers: { a: '1', 'Nats-Msg-Id': 'x y' }, body: bytesOf('hi'), key: 'k' }
  expect(writtenBy('known', [['orders', message, 'to.me']]).text()).toBe(
    'HPUB orders to.me 59 61\r\nNATS/1.0\r\na: 1\r\nNats-Msg-Id: orders x y\r\nwaybill-key: k\r\n\r\nhi\r\n',
  )
  const bare = { headers: {}, body: null }
  expect(writtenBy('known', [['orders', bare, '']]).text()).toBe('PUB orders 0\r\n\r\n')
})

it('many messages are one piece, in order, and pieces that were handed over stay as they are', () => {
  const puts = Array.from({ length: 300 }, (_, n) => {
    const message: Message = { headers: { n: String(n) }, body: new Uint8Array(500) }
    return ['orders', message, ''] as const
  })
  const { pieces, text } = writtenBy('known', puts)
  expect(pieces.length).toBeLessThan(5)
  expect(text()).toBe(pieces.join(''))
  const numbers = [...text().matchAll(/\r\nn: (\d+)\r\n/g)].map(([, n]) => Number(n))
  expect(numbers).toEqual(puts.map((_, n) => n))
})

it.each([
  ['a name with a colon', { 'a:b': '1' }],
  ['a name with a space', { 'a b': '1' }],
  ['a name beyond ASCII', { é: '1' }],
  ['a line break', { a: '1\r\nb: 2' }],
])('%s is refused, and what was put before still leaves', (_, headers) => {
  for (const layout of ['known', 'other'] as const) {
    const client = writtenClient(layout)
    const outgoing = createOutgoing(client.native, client.headers, 'nats')
    outgoing.put('orders', { headers: { first: '1' }, body: null })
    expect(thrownBy(() => outgoing.put('orders', { headers, body: null }))).toMatchObject({
      code: 'ERR_CONFIG',
    })
    outgoing.put('orders', { headers: { last: '2' }, body: null })
    outgoing.send()
    expect(client.text()).toBe(
      'HPUB orders 22 22\r\nNATS/1.0\r\nfirst: 1\r\n\r\n\r\nHPUB orders 21 21\r\nNATS/1.0\r\nlast: 2\r\n\r\n\r\n',
    )
  }
})

it('what the server would refuse for its size is not sent', () => {
  for (const header of ['x', 'ö']) {
    const client = writtenClient('known', 100)
    const outgoing = createOutgoing(client.native, client.headers, 'nats')
    const large = { headers: { header }, body: new Uint8Array(90) }
    expect(thrownBy(() => outgoing.put('orders', large))).toMatchObject({ code: 'ERR_TOO_LARGE' })
    outgoing.send()
    expect(client.text()).toBe('')
  }
})

it('the client says itself that its connection has ended', () => {
  const client = writtenClient()
  const outgoing = createOutgoing(client.native, client.headers, 'nats')
  client.isClosed = true
  expect(() => outgoing.put('orders', { headers: {}, body: null })).toThrow('CONNECTION_CLOSED')
})

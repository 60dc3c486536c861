import { expect, it } from '@jest/globals'
import type { Msg } from 'nats'
import { messageOf } from '../../adapters/nats/received.ts'
import { bytesOf } from '../core/events.ts'

const subject = 'orders'

/** A message as the client keeps it: the headers in front of the payload, and not read before they are asked for. */
function received(block: string): Msg {
  const [head, payload] = [bytesOf(block), bytesOf('hi')]
  const all = Uint8Array.from([...head, ...payload])
  const message = {
    data: all.subarray(head.length),
    size: () => subject.length + all.length,
    get headers(): never {
      throw new Error('the client refuses them')
    },
  }
  return message as unknown as Msg
}

it.each([
  ['é: 1', { é: '1' }, undefined],
  ['é: 1\r\na: 1\r\na:  2 ', { é: '1', a: '2' }, { a: ['1', '2'] }],
  ['a b: 1\r\nno colon', { 'a b': '1' }, undefined],
  [': 1\r\n: 2', { '': '2' }, { '': ['1', '2'] }],
  ['constructor: 1\r\n__proto__: 2', { constructor: '1' }, undefined],
])('headers that the client refuses are read: %j', (lines, headers, headerValues) => {
  const message = messageOf(received(`NATS/1.0\r\n${lines}\r\n\r\n`), subject, '')
  expect(message).toEqual({ body: bytesOf('hi'), headers, ...(headerValues && { headerValues }) })
  expect(Object.getPrototypeOf(message.headers)).toBe(Object.prototype)
})

it('a status is no header', () => {
  const message = messageOf(received('NATS/1.0 100 Idle\r\na: 1\r\na b: 2\r\n\r\n'), subject, '')
  expect(message.headers).toEqual({ a: '1', 'a b': '2' })
})

import { describe, expect, it } from '@jest/globals'
import { binding, jetstreamBinding } from '../../adapters/nats/binding.ts'
import { headersOfMessage, messageOfNats, type NatsHeaders } from '../../adapters/nats/message.ts'
import { bytesOf, event } from '../core/events.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

/** Headers as nats.js keeps them: names by exact case, outer spaces of values trimmed. */
function natsHeaders(pairs: Pairs): NatsHeaders {
  const all = new Map<string, string[]>()
  for (const [name, value] of pairs) all.set(name, [...(all.get(name) ?? []), value.trim()])
  return { keys: () => [...all.keys()], values: (name) => all.get(name) ?? [] }
}

const body = bytesOf('hello')

function received(pairs: Pairs) {
  return messageOfNats({ data: body, headers: natsHeaders(pairs) })
}

describe('a message that a NATS client received', () => {
  it('keeps its payload and the case of its header names', () => {
    const message = received([
      ['Ce-Id', '1'],
      ['x-trace', ''],
    ])
    expect(message).toEqual({ body, headers: { 'Ce-Id': '1', 'x-trace': '' } })
    expect(message.body).toBe(body)
  })

  it('may have no headers at all', () => {
    expect(messageOfNats({ data: body })).toEqual({ body, headers: {} })
    expect(messageOfNats({ data: body, headers: undefined })).toEqual({ body, headers: {} })
  })

  it('has every value of a repeated header, the last one in front', () => {
    const message = received([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ])
    expect(message).toEqual({ body, headers: { a: '3', b: '2' }, headerValues: { a: ['1', '3'] } })
  })

  it('survives names that objects have already', () => {
    const pairs = [
      ['__proto__', 'x'],
      ['__proto__', 'y'],
      ['constructor', 'z'],
    ] as const
    const message = received(pairs)
    expect(Object.getPrototypeOf(message.headers)).toBe(Object.prototype)
    expect(Object.entries(message.headers)).toEqual([['constructor', 'z']])
    expect(message.headerValues).toBeUndefined()
  })
})

describe('the headers of a message to be sent', () => {
  it('come in order, repeated ones with each of their values', () => {
    const pairs = [
      ['a', '1'],
      ['a', '3'],
      ['b', '2'],
    ] as const
    expect(headersOfMessage(received(pairs), 'orders')).toEqual(pairs)
  })

  it('take the text of a value that is bytes', () => {
    const message = { body, headers: { a: '\ufffd' }, headerValues: { a: [new Uint8Array([255])] } }
    expect(headersOfMessage(message, 'orders')).toEqual([['a', '\ufffd']])
  })

  it('name the subject in Nats-Msg-Id, so that a stream keeps an event that is forwarded inside of it', () => {
    const message = jetstreamBinding().encode(event({ id: 'A-1' }))
    const idFor = (subject: string) =>
      headersOfMessage(message, subject).filter(([name]) => name === 'Nats-Msg-Id')
    expect(idFor('orders.created')).toEqual([['Nats-Msg-Id', 'orders.created /orders A-1']])
    expect(idFor('orders.größer')).toEqual([['Nats-Msg-Id', 'orders.gr%C3%B6%C3%9Fer /orders A-1']])
  })

  it('send one Nats-Msg-Id of a message that came with two', () => {
    const message = received([
      ['Nats-Msg-Id', 'a'],
      ['Nats-Msg-Id', 'b'],
    ])
    expect(headersOfMessage(message, 'orders')).toEqual([['Nats-Msg-Id', 'orders b']])
  })

  it('carry values past a client that trims them', () => {
    const sent = event({ subject: ' padded\u00a0', note: '  ' })
    const message = binding.encode(sent)
    const headers = natsHeaders(headersOfMessage(message, 'orders'))
    expect(binding.decode(messageOfNats({ data: message.body ?? body, headers }))).toEqual(sent)
  })

  it('hold no control character of an event', () => {
    const message = jetstreamBinding().encode(event({ id: '\u00a0€', subject: 'a b', data: 'x\r\ny' }))
    for (const pair of headersOfMessage(message, 'orders')) expect(pair.join('')).toMatch(/^[ -~]*$/)
  })
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ackOf, parseAck } from '../../../adapters/nats/jetstream/ack.ts'
import { consumerName, streamName } from '../../../adapters/nats/jetstream/names.ts'
import { arbString } from '../../core/arbitraries.ts'
import { thrownBy } from '../../core/events.ts'

describe('names on the server', () => {
  it.each([
    ['billing', 'orders.created', 'billing+orders~created'],
    ['a group', 'orders.*', 'a=20group+orders~=2A'],
    ['ä=~', 'x_y-z', '=C3=A4=3D=7E+x_y-z'],
  ])('are readable: group %j of topic %j', (group, topic, name) => {
    expect(consumerName(group, topic)).toBe(name)
  })

  it('are legal, and differ where group or topic differ', () => {
    const short = arbString.map((text) => text.slice(0, 8))
    fc.assert(
      fc.property(short, short, short, short, (a, b, c, d) => {
        const [one, two] = [consumerName(a, b), consumerName(c, d)]
        expect(one).toMatch(/^[A-Za-z0-9_=~+-]+$/)
        // Lone surrogates, which no UTF-8 has, all become the same character.
        if ([a, b, c, d].some((text) => /\p{Surrogate}/u.test(text))) return
        expect(one === two).toBe(a === c && b === d)
      }),
    )
  })

  it('have no more characters than the server takes', () => {
    expect(streamName('a'.repeat(255))).toHaveLength(255)
    expect(thrownBy(() => streamName('.'.repeat(256)))).toMatchObject({ code: 'ERR_CONFIG' })
  })
})

describe('an ack subject', () => {
  const plain = '$JS.ACK.ORDERS.g+t.2.18446744073709551615.7.1795267232278501750.6'
  const inDomain = '$JS.ACK.hub.abc.ORDERS.g+t.2.18446744073709551615.7.1795267232278501750.6.xyz'

  it.each([[plain], [inDomain]])('tells stream, sequence, time and deliveries: %s', (subject) => {
    expect(parseAck(subject)).toEqual({
      stream: 'ORDERS',
      deliveries: 2,
      sequence: '18446744073709551615',
      time: 1_795_267_232_278,
    })
  })

  it('leads to those of other messages of the consumer', () => {
    expect(ackOf('9', 3, plain)).toBe('$JS.ACK.ORDERS.g+t.1.9.3.0.0')
    expect(parseAck(ackOf('9', 3, inDomain))).toMatchObject({ stream: 'ORDERS', sequence: '9' })
    expect(ackOf('9', 3, inDomain)).toMatch(/^\$JS\.ACK\.hub\.abc\.ORDERS\.g\+t\./)
  })

  it.each([[''], ['_INBOX.1'], ['$JS.ACK.S.c.1']])('is not %j', (subject) => {
    expect(parseAck(subject)).toBeUndefined()
  })
})

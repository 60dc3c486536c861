import { describe, expect, it } from '@jest/globals'
import { memory } from '../../adapters/memory/index.ts'
import { event } from '../core/events.ts'
import { eventually } from '../eventually.ts'

const orders = { topic: 'orders', group: 'billing' }
const policy = { backoff: { initialMs: 0 } }

/** Why the event died whose handler returned `text` as its result. */
async function deathOf(text: string): Promise<unknown[]> {
  await using broker = memory()
  const death: unknown[] = []
  broker.subscribe(
    { topic: 'dlq.billing', group: 'g' },
    (letter) => void death.push(letter.dlqattempts, letter.dlqreason),
  )
  broker.subscribe(orders, () => JSON.parse(text), { policy, sink: { topic: 'out' } })
  await broker.publish('orders', event())
  await eventually('a dead letter', () => death.length > 0)
  return death
}

describe('a result that was meant as an event but is none', () => {
  it.each([
    ['without specversion', '{"id":"1","source":"/s","type":"t"}', '"specversion" is missing'],
    ['without an id', '{"specversion":"1.0","source":"/s","type":"t"}', '"id" is missing'],
    [
      'an event beside null',
      '[{"specversion":"1.0","id":"1","source":"/s","type":"t"},null]',
      'not an event',
    ],
  ])('is dead-lettered at once, with the reason: %s', async (_, result, reason) => {
    expect(await deathOf(result)).toEqual([1, expect.stringContaining(reason)])
  })
})

describe('a sink on the same broker', () => {
  it('that is full holds the lane back until there is room', async () => {
    await using broker = memory({ capacity: 2 })
    const out = { topic: 'out', group: 'g' }
    await broker.ensure({ topics: ['orders'], groups: [out] })
    const handled: string[] = []
    broker.subscribe(orders, ({ id }) => event({ id }), {
      sink: { topic: 'out' },
      observe: ({ kind, delivery }) => void (kind === 'handled' && handled.push(delivery.position ?? '')),
    })
    const publishing = broker.publish(
      'orders',
      Array.from({ length: 6 }, (_, n) => event({ id: String(n), partitionkey: 'k' })),
    )
    await eventually('two events', () => handled.length === 2)
    const arrived: string[] = []
    broker.subscribe(out, ({ id }) => void arrived.push(id))
    await publishing
    await eventually('six events', () => arrived.length === 6)
    expect(arrived).toEqual(['0', '1', '2', '3', '4', '5'])
  })
})

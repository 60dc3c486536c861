import { expect, it } from '@jest/globals'
import { memory } from '../../adapters/memory/index.ts'
import { event } from '../core/events.ts'
import { eventually } from '../eventually.ts'

const orders = { topic: 'orders', group: 'billing' }

function events(count: number, keyed: boolean, from = 0) {
  return Array.from({ length: count }, (_, n) => {
    const id = String(from + n)
    return keyed ? event({ id, partitionkey: `k${n % 200}` }) : event({ id })
  })
}

it.each([
  ['without a key', false],
  ['with a key', true],
])('an event %s has its turn before thousands of the other kind are handled', async (_, keyed) => {
  await using broker = memory()
  await broker.ensure({ topics: ['orders'], groups: [orders] })
  await broker.publish('orders', [...events(3_000, !keyed), ...events(1, keyed, 3_000)])
  const seen: string[] = []
  broker.subscribe(orders, async ({ id }) => {
    await null
    seen.push(id)
  })
  await eventually('all', () => seen.length === 3_001)
  expect(seen.indexOf('3000')).toBeLessThan(500)
})

import { describe, expect, it } from '@jest/globals'
import { memory } from '../../adapters/memory/index.ts'
import { event } from '../core/events.ts'

const orders = { topic: 'orders', group: 'billing' }
const total = 40_000
const one = event({ data: 1 })

describe.each(['broker', 'runner'] as const)(
  'while a handler that never waits is busy, redelivery by the %s',
  (redelivery) => {
    it.each([
      ['one lane', () => 'k'],
      ['many lanes', (n: number) => `k${n % 700}`],
      ['no lane', () => undefined],
    ])('timers and sockets get their turns, with %s', async (_, keyOf) => {
      await using broker = memory({ redelivery, retainCount: 10 })
      let handled = 0
      broker.subscribe(orders, () => void handled++)
      const publishing: Promise<unknown>[] = []
      for (let n = 0; n < total; n += 1_000) {
        const messages = Array.from({ length: 1_000 }, (_, i) =>
          broker.binding.encode(one, { key: keyOf(n + i) }),
        )
        publishing.push(broker.send('orders', messages))
      }
      let mostInOneTurn = 0
      for (let before = 0; handled < total; before = handled) {
        await new Promise((resolve) => setImmediate(resolve))
        mostInOneTurn = Math.max(mostInOneTurn, handled - before)
      }
      await Promise.all(publishing)
      expect(mostInOneTurn).toBeLessThan(total / 2)
    })
  },
)

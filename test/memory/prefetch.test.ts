import { describe, expect, it } from '@jest/globals'
import type { Delivery, Outcome } from '../../adapters/core/driver.ts'
import { binding, memory, memoryDriver } from '../../adapters/memory/index.ts'
import { event } from '../core/events.ts'
import { gate } from '../core/recorded-runner.ts'
import { idle } from '../manual-clock.ts'
import { numbered } from './numbered.ts'

const source = { topic: 'orders', group: 'billing' }

/** Reads with a prefetch of 32 and settles nothing; `inFlight` counts what is handed out, by key. */
async function heldReader(redelivery: 'broker' | 'runner', keys: readonly (string | undefined)[]) {
  const driver = memoryDriver({ redelivery })
  const held = gate()
  const stop = new AbortController()
  const inFlight = new Map<string | undefined, number>()
  const deliver = async (batch: readonly Delivery[]): Promise<readonly Outcome[]> => {
    for (const { lane } of batch) inFlight.set(lane, (inFlight.get(lane) ?? 0) + 1)
    await held.passed
    return batch.map(() => ({ kind: 'ack' }))
  }
  const reading = driver.receive(source, deliver, stop.signal, { prefetch: 32 })
  const message = binding.encode(event())
  await driver.send(
    'orders',
    keys.map((key) => ({ ...message, key })),
  )
  await idle()
  const total = [...inFlight.values()].reduce((sum, count) => sum + count, 0)
  stop.abort()
  held.open()
  await reading
  return { inFlight, total }
}

const lanes = (count: number, each: number) => Array.from({ length: count * each }, (_, n) => `k${n % count}`)

describe('what is handed out and not settled', () => {
  it('is no more than the prefetch where the broker redelivers', async () => {
    expect((await heldReader('broker', lanes(100, 3))).total).toBe(32)
    expect((await heldReader('broker', new Array(100).fill(undefined))).total).toBe(32)
  })

  it('is bounded for each lane where the runner holds lanes, so that no lane keeps others waiting', async () => {
    const { inFlight } = await heldReader('runner', lanes(100, 50))
    expect(inFlight.size).toBe(100)
    expect(Math.max(...inFlight.values())).toBeLessThanOrEqual(32)
  })
})

describe('a handler that is busy', () => {
  it.each(['broker', 'runner'] as const)(
    'is called no more often than the concurrency says, redelivery by the %s',
    async (redelivery) => {
      const broker = memory({ redelivery })
      const held = gate()
      let running = 0
      broker.subscribe(
        source,
        async () => {
          running++
          await held.passed
        },
        { policy: { concurrency: 3 } },
      )
      await broker.publish('orders', [...numbered(50), ...numbered(50, 'a'), ...numbered(50, 'b')])
      await idle()
      expect(running).toBe(3)
      held.open()
      await broker.close()
    },
  )
})

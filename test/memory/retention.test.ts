import { describe, expect, it } from '@jest/globals'
import type { MemoryOptions } from '../../adapters/memory/driver.ts'
import { memory } from '../../adapters/memory/index.ts'
import { event } from '../core/events.ts'
import { gate } from '../core/recorded-runner.ts'
import { eventually } from '../eventually.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { collect, numbered } from './numbered.ts'

const orders = { topic: 'orders', group: 'billing' }

/** What a new group finds. */
async function kept(broker: ReturnType<typeof memory>): Promise<string[]> {
  const { ids, handler } = collect()
  const subscription = broker.subscribe({ ...orders, group: crypto.randomUUID() }, handler)
  await idle()
  await subscription.close()
  return ids
}

describe('what every group has settled', () => {
  it.each([0, 1, 5, 10])('stays for replay up to the count: %d', async (retainCount) => {
    await using broker = memory({ retainCount })
    const { ids, handler } = collect()
    broker.subscribe(orders, handler)
    await broker.publish('orders', numbered(10))
    await eventually('ten events', () => ids.length === 10)
    expect(await kept(broker)).toEqual(numbered(retainCount, undefined, 10 - retainCount).map(({ id }) => id))
  })

  it('stays for its time', async () => {
    const clock = manualClock()
    await using broker = memory({ retainMs: 1_000, clock })
    const { ids, handler } = collect()
    broker.subscribe(orders, handler)
    await broker.publish('orders', numbered(3))
    await clock.advance(600)
    await broker.publish('orders', numbered(2, undefined, 3))
    await eventually('five events', () => ids.length === 5)
    expect(await kept(broker)).toEqual(['0', '1', '2', '3', '4'])
    await clock.advance(400)
    expect(await kept(broker)).toEqual(['3', '4'])
    await clock.advance(600)
    expect(await kept(broker)).toEqual([])
  })
})

describe('what a group has not settled', () => {
  it.each<[string, MemoryOptions]>([
    ['count', { retainCount: 0 }],
    ['time', { retainMs: 1 }],
  ])('stays, however little may be retained by %s', async (_, options) => {
    const clock = manualClock()
    await using broker = memory({ ...options, clock })
    await broker.ensure({ topics: ['orders'], groups: [orders] })
    const { ids, handler } = collect()
    broker.subscribe({ ...orders, group: 'fast' }, handler)
    await broker.publish('orders', numbered(20, 'k'))
    await clock.advance(1_000_000)
    expect(ids).toHaveLength(20)
    const slow = collect()
    broker.subscribe(orders, slow.handler)
    await eventually('20 events', () => slow.ids.length === 20)
    expect(slow.ids).toEqual(numbered(20).map(({ id }) => id))
  })

  it('stays for its own replay after another group has settled it', async () => {
    await using broker = memory({ retainCount: 0 })
    await broker.ensure({ topics: [], groups: [orders] })
    const fast = collect()
    broker.subscribe({ ...orders, group: 'fast' }, fast.handler)
    await broker.publish('orders', numbered(5))
    await eventually('five events', () => fast.ids.length === 5)
    await idle()
    await broker.replay(orders, 'earliest')
    const slow = collect()
    broker.subscribe(orders, slow.handler)
    await eventually('five events again', () => slow.ids.length === 5)
  })

  it('stays when it was settled before and a replay has opened it again', async () => {
    await using broker = memory({ retainCount: 3 })
    const ids: string[] = []
    let held = gate()
    held.open()
    broker.subscribe(orders, async ({ id, partitionkey }) => {
      ids.push(id)
      if (partitionkey === 'k') await held.passed
    })
    await broker.publish('orders', numbered(3, 'k'))
    await eventually('three events', () => ids.length === 3)
    await idle()
    held = gate()
    await broker.replay(orders, 'earliest')
    // These push the three out of what is retained.
    await broker.publish('orders', numbered(6, undefined, 3))
    await eventually('the first of the three again', () => ids.length === 10)
    await idle()
    held.open()
    ids.length = 0
    await broker.replay(orders, 'earliest')
    await eventually('the three once more', () => ['0', '1', '2'].every((id) => ids.includes(id)))
  })

  it('stays while it is dead-lettered in vain', async () => {
    const clock = manualClock()
    const broker = memory({ retainCount: 0, clock, createTopics: false })
    await broker.ensure({ topics: ['orders'] })
    broker.subscribe(orders, () => Promise.reject(new Error('boom')), {
      policy: { maxAttempts: 1, drainMs: 0 },
    })
    await broker.publish('orders', event({ id: 'precious' }))
    await clock.advance(100_000)
    await broker.ensure({ topics: ['dlq.billing'] })
    const { ids, handler } = collect()
    broker.subscribe({ topic: 'dlq.billing', group: 'g' }, handler)
    await clock.advance(100_000)
    expect(ids).toEqual(['precious'])
    await broker.close()
  })
})

describe('a full topic', () => {
  it('makes the publisher wait until events are settled', async () => {
    await using broker = memory({ capacity: 3 })
    const held = gate()
    const { ids, handler } = collect()
    broker.subscribe(orders, async (read, context) => {
      await held.passed
      return handler(read, context)
    })
    let published = 0
    const publishing = numbered(10).map((each) => broker.publish('orders', each).then(() => published++))
    await idle()
    expect(published).toBeLessThanOrEqual(3)
    held.open()
    await Promise.all(publishing)
    await eventually('ten events', () => ids.length === 10)
    expect(ids).toEqual(numbered(10).map(({ id }) => id))
  })

  it('never holds more than its capacity for a group', async () => {
    await using broker = memory({ capacity: 5 })
    await broker.ensure({ topics: [], groups: [orders] })
    const publishing = broker.publish('orders', numbered(100))
    await idle()
    const handled: string[] = []
    const subscription = broker.subscribe(
      orders,
      ({ id }, { signal }) => {
        handled.push(id)
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
      { policy: { concurrency: 100, drainMs: 0 } },
    )
    await idle()
    expect(handled).toEqual(['0', '1', '2', '3', '4'])
    await subscription.close()
    broker.subscribe(orders, () => {})
    await publishing
  })

  it('does not hold other topics back', async () => {
    await using broker = memory({ capacity: 1 })
    await broker.ensure({ topics: [], groups: [orders] })
    const publishing = broker.publish('orders', numbered(5))
    await broker.publish('other', numbered(5))
    broker.subscribe(orders, () => {})
    await publishing
  })

  it('is not full for want of readers: without a group nothing waits', async () => {
    await using broker = memory({ capacity: 1, retainCount: 3 })
    await broker.publish('orders', numbered(10))
    expect(await kept(broker)).toEqual(['7', '8', '9'])
  })

  it('lets a waiting publisher fail when the broker closes', async () => {
    const clock = manualClock()
    const broker = memory({ capacity: 2, clock })
    await broker.ensure({ topics: [], groups: [orders] })
    const outcome = Promise.allSettled([broker.publish('orders', numbered(5))])
    await idle()
    const closing = broker.close()
    await clock.advance(10_000)
    await closing
    expect(await outcome).toMatchObject([
      {
        status: 'rejected',
        reason: { code: 'ERR_PUBLISH', failures: [{ index: 2 }, { index: 3 }, { index: 4 }] },
      },
    ])
    expect(clock.waits).toEqual([])
  })
})

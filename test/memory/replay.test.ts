import { describe, expect, it } from '@jest/globals'
import type { StartPosition } from '../../adapters/core/driver.ts'
import { memory } from '../../adapters/memory/index.ts'
import { event } from '../core/events.ts'
import { gate } from '../core/recorded-runner.ts'
import { eventually } from '../eventually.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { collect, numbered } from './numbered.ts'

const orders = { topic: 'orders', group: 'billing' }
const start = Date.UTC(2026, 0, 31)

/** Ten events, one a second. */
async function tenSeconds() {
  const clock = manualClock(start)
  const broker = memory({ clock })
  for (const each of numbered(10)) {
    await broker.publish('orders', each)
    await clock.advance(1_000)
  }
  return { broker, clock }
}

describe('a new group', () => {
  it.each<[StartPosition | undefined, string[]]>([
    [undefined, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']],
    ['earliest', ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']],
    ['latest', []],
    [{ time: start + 7_000 }, ['7', '8', '9']],
    [{ time: start + 6_001 }, ['7', '8', '9']],
    [{ time: 0 }, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']],
    [{ time: start + 60_000 }, []],
    [{ position: '8' }, ['8', '9']],
    [{ position: '10' }, []],
  ])('begins at %j', async (from, expected) => {
    const { broker } = await tenSeconds()
    const { ids, handler } = collect()
    broker.subscribe({ ...orders, start: from }, handler)
    await idle()
    await broker.publish('orders', event({ id: 'new' }))
    await eventually('the new event', () => ids.includes('new'))
    expect(ids).toEqual([...expected, 'new'])
    await broker.close()
  })

  it('begins where ensure put it, whatever a later reader asks for', async () => {
    await using broker = memory()
    await broker.publish('orders', numbered(2))
    await broker.ensure({ topics: [], groups: [{ ...orders, start: 'latest' }] })
    await broker.publish('orders', numbered(2, undefined, 2))
    const { ids, handler } = collect()
    broker.subscribe({ ...orders, start: 'earliest' }, handler)
    await eventually('two events', () => ids.length === 2)
    expect(ids).toEqual(['2', '3'])
  })

  it.each(['x', '', '-1', '1.5', '1e3', '12345678901234567'])(
    'cannot begin at the position %j',
    async (position) => {
      const { broker } = await tenSeconds()
      const subscription = broker.subscribe({ ...orders, start: { position } }, () => {})
      await expect(subscription.done).rejects.toMatchObject({
        code: 'ERR_CONFIG',
        message: `[memory] "${position}" is not a position: use one that a delivery had`,
      })
      await broker.close()
    },
  )
})

describe('replay', () => {
  it.each<[StartPosition, string[]]>([
    ['earliest', ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']],
    ['latest', []],
    [{ time: start + 8_000 }, ['8', '9']],
    [{ position: '7' }, ['7', '8', '9']],
  ])('from %j gives again what was handled before', async (from, expected) => {
    const { broker } = await tenSeconds()
    const { ids, handler } = collect()
    broker.subscribe(orders, handler)
    await eventually('ten events', () => ids.length === 10)
    ids.length = 0
    await broker.replay(orders, from)
    await broker.publish('orders', event({ id: 'new' }))
    await eventually('the new event', () => ids.includes('new'))
    expect(ids).toEqual([...expected, 'new'])
    await broker.close()
  })

  it('moves one group and no other', async () => {
    const { broker } = await tenSeconds()
    const [mine, other] = [collect(), collect()]
    broker.subscribe(orders, mine.handler)
    broker.subscribe({ ...orders, group: 'other' }, other.handler)
    await eventually('ten events each', () => mine.ids.length + other.ids.length === 20)
    await broker.replay(orders, 'earliest')
    await eventually('ten more', () => mine.ids.length === 20)
    await idle()
    expect(other.ids).toHaveLength(10)
    await broker.close()
  })

  it('moves a group that nobody reads', async () => {
    const { broker } = await tenSeconds()
    await broker.replay(orders, { position: '9' })
    const { ids, handler } = collect()
    broker.subscribe(orders, handler)
    await eventually('one event', () => ids.length === 1)
    expect(ids).toEqual(['9'])
    await broker.close()
  })

  it('to the end skips what was waiting', async () => {
    await using broker = memory()
    const held = gate()
    const ids: string[] = []
    broker.subscribe(orders, async ({ id }) => {
      ids.push(id)
      await held.passed
    })
    await broker.publish('orders', numbered(50, 'k'))
    await idle()
    await broker.replay(orders, 'latest')
    held.open()
    await broker.publish('orders', event({ id: 'new', partitionkey: 'k' }))
    await eventually('the new event', () => ids.includes('new'))
    // What had been handed over before may still be handled.
    expect(ids.length).toBeLessThanOrEqual(17)
  })

  it('is not undone by what was in flight: its outcome settles nothing', async () => {
    await using broker = memory()
    const held = gate()
    const seen: string[] = []
    let replayed = false
    broker.subscribe(orders, async ({ id }) => {
      seen.push(id)
      if (!replayed) await held.passed
    })
    await broker.publish('orders', numbered(1, 'k'))
    await idle()
    replayed = true
    await broker.replay(orders, 'earliest')
    await eventually('the same event again', () => seen.length === 2)
    held.open()
    await idle()
    expect(seen).toEqual(['0', '0'])
  })

  it('forgets the attempts and the waiting of before', async () => {
    const clock = manualClock()
    await using broker = memory({ clock })
    const attempts: number[] = []
    broker.subscribe(
      orders,
      (_, { attempt }) => {
        attempts.push(attempt)
        throw new Error('boom')
      },
      { policy: { backoff: { initialMs: 60_000, maxMs: 60_000 } } },
    )
    await broker.publish('orders', [event(), event({ partitionkey: 'k' })])
    await clock.advance(0)
    await broker.replay(orders, 'earliest')
    await clock.advance(0)
    expect(attempts).toEqual([1, 1, 1, 1])
    await clock.advance(60_000)
    expect(attempts.slice(4)).toEqual([2, 2])
  })

  it('can be repeated', async () => {
    await using broker = memory({ retainCount: 10 })
    const { ids, handler } = collect()
    broker.subscribe(orders, handler)
    await broker.publish('orders', numbered(10))
    for (let round = 1; round <= 3; round++) {
      await eventually(`${round} times ten events`, () => ids.length === 10 * round)
      await idle()
      await broker.replay(orders, 'earliest')
    }
    await eventually('40 events', () => ids.length === 40)
  })

  it.each([0, 2, 100])('loses nothing that waits, with %d retained', async (retainCount) => {
    await using broker = memory({ retainCount })
    await broker.ensure({ topics: [], groups: [orders] })
    await broker.publish('orders', numbered(10, 'k'))
    await broker.replay(orders, 'earliest')
    const { ids, handler } = collect()
    broker.subscribe(orders, handler)
    await eventually('ten events', () => ids.length === 10)
    expect(ids).toEqual(numbered(10).map(({ id }) => id))
  })

  it('cuts short what was in flight, so that a lane never runs twice', async () => {
    await using broker = memory()
    const held = gate()
    const order: string[] = []
    const signals: AbortSignal[] = []
    broker.subscribe(orders, async ({ id }, { signal }) => {
      signals.push(signal)
      order.push(id)
      if (order.length === 1) await held.passed
      await idle()
    })
    await broker.publish('orders', numbered(4, 'k'))
    await idle()
    await broker.replay(orders, 'earliest')
    expect(signals[0]?.aborted).toBe(true)
    held.open()
    await eventually('all again', () => order.length === 5)
    await idle()
    expect(order).toEqual(['0', '0', '1', '2', '3'])
  })
})

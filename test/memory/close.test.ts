import { describe, expect, it } from '@jest/globals'
import { memory } from '../../adapters/memory/index.ts'
import { event } from '../core/events.ts'
import { gate } from '../core/recorded-runner.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { collect, numbered } from './numbered.ts'

const orders = { topic: 'orders', group: 'billing' }

describe.each(['broker', 'runner'] as const)('closing, redelivery by the %s', (redelivery) => {
  it('waits for the handlers that run, and starts no other', async () => {
    const broker = memory({ redelivery })
    const held = gate()
    const started: string[] = []
    let finished = 0
    broker.subscribe(
      orders,
      async ({ id }) => {
        started.push(id)
        await held.passed
        finished++
      },
      { policy: { concurrency: 2 } },
    )
    await broker.publish('orders', numbered(10))
    await idle()
    let closed = false
    const closing = broker.close().then(() => {
      closed = true
    })
    await idle()
    expect([started.length, closed]).toEqual([2, false])
    held.open()
    await closing
    expect([started.length, finished]).toEqual([2, 2])
  })

  it('gives handlers that hang their time, then aborts them; the next reader gets their events', async () => {
    const clock = manualClock()
    const broker = memory({ redelivery, clock })
    const aborted: string[] = []
    const hung = broker.subscribe(
      orders,
      ({ id }, { signal }) => {
        signal.addEventListener('abort', () => aborted.push(id))
        return new Promise(() => {})
      },
      { policy: { drainMs: 5_000, timeoutMs: 0 } },
    )
    await broker.publish('orders', [
      ...numbered(3, 'a'),
      ...numbered(3, 'b', 3),
      ...numbered(3, undefined, 6),
    ])
    await idle()
    let closed = false
    const closing = hung.close().then(() => {
      closed = true
    })
    await clock.advance(4_999)
    expect([closed, aborted]).toEqual([false, []])
    await clock.advance(1)
    await closing
    expect(aborted.sort()).toEqual(['0', '3', '6', '7', '8'])
    const { ids, handler } = collect()
    broker.subscribe(orders, handler)
    await idle()
    expect([...ids].sort()).toEqual(numbered(9).map(({ id }) => id))
    await broker.close()
    expect(clock.waits).toEqual([])
  })

  it('does not wait for backoffs', async () => {
    const clock = manualClock()
    const broker = memory({ redelivery, clock })
    const subscription = broker.subscribe(orders, () => Promise.reject(new Error('boom')), {
      policy: { backoff: { initialMs: 1_000_000, maxMs: 1_000_000 } },
    })
    await broker.publish('orders', [...numbered(3, 'k'), ...numbered(3)])
    await idle()
    await subscription.close()
    await broker.close()
    expect(clock.waits).toEqual([])
  })

  it('publishes what handlers return while it waits for them', async () => {
    const broker = memory({ redelivery })
    const held = gate()
    const { ids, handler } = collect()
    broker.subscribe({ topic: 'out', group: 'g' }, handler)
    broker.subscribe(
      orders,
      async () => {
        await held.passed
        return event({ id: 'last' })
      },
      { sink: { topic: 'out' } },
    )
    await broker.publish('orders', event())
    await idle()
    const closing = broker.close()
    held.open()
    await closing
    expect(ids.length).toBeLessThanOrEqual(1)
  })
})

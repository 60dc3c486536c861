import { describe, expect, it } from '@jest/globals'
import { Queue } from '../../adapters/core/queue.ts'
import { binding, memoryDriver } from '../../adapters/memory/index.ts'
import { event } from '../core/events.ts'
import { eventually } from '../eventually.ts'

/** More than a call can have arguments. */
const many = 200_000

describe('a lane of very many messages', () => {
  const source = { topic: 'orders', group: 'billing' }

  it.each(['earliest', 'latest'] as const)('can be replayed from the %s, and loses none', async (from) => {
    const driver = memoryDriver({ capacity: 1_000_000, retainCount: 0 })
    await driver.ensure?.({ topics: ['orders'], groups: [source] })
    const message = { ...binding.encode(event()), key: 'k' }
    await driver.send(
      'orders',
      Array.from({ length: many }, () => message),
    )
    await driver.seek?.(source, from)
    await driver.send('orders', [message])
    const stop = new AbortController()
    let got = 0
    const reading = driver.receive(
      source,
      (batch) => {
        got += batch.length
        return batch.map(() => ({ kind: 'ack' }))
      },
      stop.signal,
      { prefetch: 16_000 },
    )
    const expected = from === 'earliest' ? many + 1 : 1
    await eventually('every message', () => got >= expected)
    stop.abort()
    await reading
    expect(got).toBe(expected)
  })

  it('can be put back at the front of a queue', () => {
    const queue = new Queue<number>()
    for (let n = 0; n < 2 * many; n++) queue.push(n)
    queue.putBack(queue.take(many))
    expect([queue.length, queue.peek(), queue.clear().at(-1)]).toEqual([2 * many, 0, 2 * many - 1])
  })
})

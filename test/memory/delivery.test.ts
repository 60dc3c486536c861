import { describe, expect, it } from '@jest/globals'
import { TerminalError } from '../../adapters/core/errors.ts'
import type { Observation } from '../../adapters/core/observe.ts'
import { memory } from '../../adapters/memory/index.ts'
import { event, rejectionOf } from '../core/events.ts'
import { gate } from '../core/recorded-runner.ts'
import { eventually } from '../eventually.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { collect, numbered } from './numbered.ts'

const orders = { topic: 'orders', group: 'billing' }

describe('the memory broker', () => {
  it('delivers what was published, and names the place of each', async () => {
    await using broker = memory()
    const seen: unknown[] = []
    broker.subscribe(orders, (read, { delivery: { topic, lane, position, attempt, message } }) => {
      seen.push([read.id, read.data, topic, lane, position, attempt, message.key])
    })
    const receipts = await broker.publish('orders', [
      event({ id: 'a', data: 1 }),
      event({ id: 'b', partitionkey: 'k' }),
    ])
    expect(receipts).toEqual([
      { position: '0', lane: undefined },
      { position: '1', lane: 'k' },
    ])
    await eventually('two events', () => seen.length === 2)
    expect(seen).toContainEqual(['a', 1, 'orders', undefined, '0', 1, undefined])
    expect(seen).toContainEqual(['b', undefined, 'orders', 'k', '1', 1, 'k'])
  })

  it('keeps what was published before anyone read', async () => {
    await using broker = memory()
    await broker.publish('orders', numbered(5, 'k'))
    const { ids, handler } = collect()
    broker.subscribe(orders, handler)
    await eventually('five events', () => ids.length === 5)
    expect(ids).toEqual(['0', '1', '2', '3', '4'])
  })

  it('keeps up to its capacity for the first reader', async () => {
    await using broker = memory({ retainCount: 10, capacity: 300 })
    await broker.publish('orders', numbered(310))
    const { ids, handler } = collect()
    broker.subscribe(orders, handler)
    await eventually('the last 300', () => ids.at(-1) === '309')
    expect(ids).toHaveLength(300)
  })

  it('lets what comes to a busy lane wait, and what comes to another not', async () => {
    await using broker = memory()
    const held = gate()
    const started: string[] = []
    broker.subscribe(orders, async ({ id }) => {
      started.push(id)
      if (id === 'first') await held.passed
    })
    await broker.publish('orders', event({ id: 'first', partitionkey: 'k' }))
    await idle()
    await broker.publish('orders', [
      event({ id: 'behind', partitionkey: 'k' }),
      event({ id: 'beside', partitionkey: 'l' }),
    ])
    await idle()
    await broker.publish('orders', event({ id: 'last', partitionkey: 'k' }))
    await idle()
    expect(started).toEqual(['first', 'beside'])
    held.open()
    await eventually('all', () => started.length === 4)
    expect(started).toEqual(['first', 'beside', 'behind', 'last'])
  })

  it('lets events with a key and events without one take turns', async () => {
    await using broker = memory()
    const keyed = Array.from({ length: 3_000 }, (_, n) => event({ id: `k${n}`, partitionkey: `k${n % 200}` }))
    await broker.publish('orders', [event({ id: 'loose' }), ...keyed])
    const seen: string[] = []
    broker.subscribe(orders, async ({ id }) => {
      await null
      seen.push(id)
    })
    await eventually('all', () => seen.length === 3_001)
    expect(seen.indexOf('loose')).toBeLessThan(500)
  })

  it('gives every group all events, and shares them among the members of one', async () => {
    await using broker = memory()
    const [one, two, other] = [collect(), collect(), collect()]
    broker.subscribe(orders, one.handler)
    broker.subscribe(orders, two.handler)
    broker.subscribe({ ...orders, group: 'shipping' }, other.handler)
    await broker.publish(
      'orders',
      Array.from({ length: 200 }, (_, n) => event({ id: String(n), partitionkey: String(n % 50) })),
    )
    await eventually(
      'all in both groups',
      () => one.ids.length + two.ids.length === 200 && other.ids.length === 200,
    )
    expect(new Set([...one.ids, ...two.ids]).size).toBe(200)
    expect(one.ids.length > 0 && two.ids.length > 0).toBe(true)
  })

  it('keeps topics apart', async () => {
    await using broker = memory()
    const { ids, handler } = collect()
    broker.subscribe(orders, handler)
    await broker.publish('other', numbered(1))
    await broker.publish('orders', event({ id: 'mine' }))
    await eventually('mine', () => ids.length > 0)
    expect(ids).toEqual(['mine'])
  })

  it('takes the empty key for a key', async () => {
    await using broker = memory()
    const lanes: unknown[] = []
    broker.subscribe(orders, (_, { delivery }) => void lanes.push(delivery.lane))
    await broker.publish('orders', event(), { key: '' })
    await eventually('one event', () => lanes.length === 1)
    expect(lanes).toEqual([''])
  })

  it('publishes what handlers return under the key of what they were given', async () => {
    await using broker = memory()
    const lanes: unknown[] = []
    broker.subscribe(orders, () => [event(), event({ partitionkey: 'own' })], { sink: { topic: 'out' } })
    broker.subscribe({ topic: 'out', group: 'g' }, (_, { delivery }) => void lanes.push(delivery.lane))
    await broker.publish('orders', event(), { key: 'k' })
    await eventually('two events', () => lanes.length === 2)
    expect(lanes.sort()).toEqual(['k', 'own'])
  })

  it('publishes to the sink of another broker', async () => {
    await using source = memory()
    await using target = memory()
    const { ids, handler } = collect()
    source.subscribe(orders, ({ id }) => event({ id: `from ${id}` }), {
      sink: { topic: 'out', broker: target },
    })
    target.subscribe({ topic: 'out', group: 'g' }, handler)
    await source.publish('orders', event({ id: '1' }))
    await eventually('the event on the other side', () => ids.length === 1)
    expect(ids).toEqual(['from 1'])
  })
})

describe.each(['broker', 'runner'] as const)('redelivery by the %s', (redelivery) => {
  it('counts attempts, waits longer each time and keeps the order of the lane', async () => {
    const clock = manualClock()
    await using broker = memory({ redelivery, clock })
    const order: string[] = []
    const waits: number[] = []
    broker.subscribe(
      orders,
      ({ id }, { attempt }) => {
        order.push(`${id}.${attempt}`)
        if (id === '1' && attempt < 4) throw new Error('boom')
      },
      {
        policy: { backoff: { initialMs: 100, factor: 3 } },
        observe: (seen) => void (seen.kind === 'retried' && waits.push(seen.delayMs)),
      },
    )
    await broker.publish('orders', numbered(3, 'k'))
    await clock.advance(10_000)
    expect(order).toEqual(['0.1', '1.1', '1.2', '1.3', '1.4', '2.1'])
    expect(waits.map((wait, n) => wait >= 50 * 3 ** n && wait <= 100 * 3 ** n)).toEqual([true, true, true])
  })

  it('lets other lanes, and events without one, go on meanwhile', async () => {
    const clock = manualClock()
    await using broker = memory({ redelivery, clock })
    const handled: string[] = []
    broker.subscribe(
      orders,
      ({ id }) => {
        if (id.startsWith('bad')) throw new Error('boom')
        handled.push(id)
      },
      { policy: { concurrency: 1, backoff: { initialMs: 60_000, maxMs: 60_000 } } },
    )
    const poison = Array.from({ length: 40 }, (_, n) => event({ id: `bad${n}`, partitionkey: `p${n}` }))
    await broker.publish('orders', [
      ...poison,
      event({ id: 'bad' }),
      ...numbered(20, 'good'),
      event({ id: 'loose' }),
    ])
    await idle()
    await eventually('21 events', () => handled.length === 21)
    expect(handled.filter((id) => id !== 'loose')).toEqual(numbered(20).map(({ id }) => id))
  })

  it('dead-letters after the last attempt, once, with key and bytes', async () => {
    const clock = manualClock()
    await using broker = memory({ redelivery, clock })
    const letters: unknown[] = []
    broker.subscribe(orders, () => Promise.reject(new Error('boom')), { policy: { maxAttempts: 3 } })
    broker.subscribe({ topic: 'dlq.billing', group: 'watch' }, (letter, { delivery }) => {
      letters.push([letter.id, letter.dlqreason, letter.dlqattempts, letter.dlqtopic, delivery.lane])
    })
    await broker.publish('orders', event({ id: '1', partitionkey: 'k' }))
    await clock.advance(60_000)
    expect(letters).toEqual([['1', 'boom', 3, 'orders', 'k']])
  })

  it('never tries a terminal failure again', async () => {
    await using broker = memory({ redelivery })
    const kinds: Observation['kind'][] = []
    const options = { observe: ({ kind }: Observation) => void kinds.push(kind) }
    broker.subscribe(orders, () => Promise.reject(new TerminalError('never')), options)
    await broker.publish('orders', event())
    await eventually('the dead letter', () => kinds.includes('dead-lettered'))
    await idle()
    expect(kinds).toEqual(['received', 'dead-lettered'])
  })

  it('says truly what it can do', () => {
    const { capabilities } = memory({ redelivery })
    const byBroker = redelivery === 'broker'
    expect(capabilities).toMatchObject({
      redelivery,
      attempts: byBroker,
      delay: byBroker,
      ordering: 'lane',
      headers: true,
    })
  })
})

describe('members that come and go', () => {
  it('hand their unfinished events to the others, in order, and count no attempt', async () => {
    await using broker = memory()
    const held = gate()
    const first = broker.subscribe(orders, () => held.passed, { policy: { drainMs: 0 } })
    await broker.publish('orders', numbered(30, 'k'))
    await idle()
    const seen: string[] = []
    broker.subscribe(orders, ({ id }, { attempt }) => void seen.push(`${id}.${attempt}`))
    await first.close()
    await eventually('30 events', () => seen.length === 30)
    expect(seen).toEqual(numbered(30).map(({ id }) => `${id}.1`))
  })

  it('lose nothing and keep the order of each lane under load', async () => {
    await using broker = memory()
    const seen = new Map<string, number[]>()
    const member = () =>
      broker.subscribe(orders, async ({ id, partitionkey }) => {
        await null
        const lane = seen.get(String(partitionkey)) ?? []
        seen.set(String(partitionkey), lane)
        lane.push(Number(id))
      })
    const members = [member()]
    const publishing: Promise<unknown>[] = []
    for (let round = 0; round < 40; round++) {
      const events = Array.from({ length: 50 }, (_, n) =>
        event({ id: String(round * 50 + n), partitionkey: `k${n % 7}` }),
      )
      publishing.push(broker.publish('orders', events))
      if (round % 3 === 0) members.push(member())
      if (round % 4 === 0) await members.shift()?.close()
    }
    await Promise.all(publishing)
    const count = () => [...seen.values()].reduce((sum, lane) => sum + lane.length, 0)
    await eventually('2000 events', () => count() >= 2_000)
    for (const lane of seen.values()) expect(lane).toEqual([...lane].sort((a, b) => a - b))
    expect(count()).toBe(2_000)
  })

  it('find the group where the last of them left it', async () => {
    await using broker = memory()
    const [first, second] = [collect(), collect()]
    const subscription = broker.subscribe(orders, first.handler)
    await broker.publish('orders', numbered(3))
    await eventually('three events', () => first.ids.length === 3)
    await subscription.close()
    await broker.publish('orders', numbered(2, undefined, 3))
    broker.subscribe(orders, second.handler)
    await eventually('two events', () => second.ids.length === 2)
    expect(second.ids).toEqual(['3', '4'])
  })
})

describe('without the creation of topics', () => {
  it('names the topic that does not exist, and the nearest', async () => {
    await using broker = memory({ createTopics: false })
    const refused = { code: 'ERR_NOT_FOUND' }
    expect(await rejectionOf(broker.replay(orders, 'earliest'))).toMatchObject({
      ...refused,
      message: '[memory] topic "orders" does not exist: create it with ensure, or allow createTopics',
    })
    await broker.ensure({ topics: ['order', 'invoices'] })
    const message =
      '[memory] topic "orders" does not exist (nearest: "order"): create it with ensure, or allow createTopics'
    expect(await rejectionOf(broker.publish('orders', event()))).toMatchObject({
      code: 'ERR_PUBLISH',
      cause: { ...refused, message },
    })
    expect(await rejectionOf(broker.subscribe(orders, () => {}).done)).toMatchObject({ ...refused, message })
  })

  it('reads and writes those that ensure created', async () => {
    await using broker = memory({ createTopics: false })
    await broker.ensure({ topics: ['orders'], groups: [orders] })
    const { ids, handler } = collect()
    await broker.publish('orders', numbered(1))
    broker.subscribe({ ...orders, start: 'latest' }, handler)
    await eventually('the event', () => ids.length === 1)
  })
})

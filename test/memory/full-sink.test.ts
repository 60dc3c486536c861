import { expect, it } from '@jest/globals'
import { derive } from '../../adapters/core/event.ts'
import { memory } from '../../adapters/memory/index.ts'
import { gate } from '../core/recorded-runner.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { collect, numbered } from './numbered.ts'

it('a sink that is full for a long time fails no event: each is handled once, published once, and none dies', async () => {
  const clock = manualClock()
  const broker = memory({ clock })
  const out = memory({ clock, capacity: 2 })
  const room = gate()
  const sunk: string[] = []
  out.subscribe(
    { topic: 'sink', group: 's' },
    async ({ id }) => {
      await room.passed
      sunk.push(id)
    },
    { policy: { timeoutMs: 0 } },
  )
  const dead = collect()
  broker.subscribe({ topic: 'dlq.billing', group: 'd' }, dead.handler)
  let calls = 0
  broker.subscribe(
    { topic: 'orders', group: 'billing' },
    (order) => {
      calls++
      return derive(order, { id: order.id })
    },
    { sink: { topic: 'sink', broker: out }, policy: { timeoutMs: 300, maxAttempts: 2 } },
  )
  const events = numbered(8).map((each) => derive(each, { id: each.id, partitionkey: each.id }))
  await broker.publish('orders', events)
  await clock.advance(600_000)
  expect([sunk, dead.ids]).toEqual([[], []])
  room.open()
  for (let turn = 0; turn < 10; turn++) await idle()
  expect([calls, sunk.sort(), dead.ids]).toEqual([8, events.map(({ id }) => id), []])
  await broker.close()
  await out.close()
})

import { describe, expect, it } from '@jest/globals'
import { createBroker } from '../../adapters/core/create-broker.ts'
import type { SendResult } from '../../adapters/core/driver.ts'
import { derive } from '../../adapters/core/event.ts'
import { binding, memory, memoryDriver } from '../../adapters/memory/index.ts'
import { eventually } from '../eventually.ts'
import { event, rejectionOf } from './events.ts'
import { fakeDriver } from './fake-driver.ts'

const down: SendResult = { error: new Error('down'), retryable: true }
const once = { maxAttempts: 1, backoff: { initialMs: 0, maxMs: 0, factor: 1 } }
const maxBatch = { records: 2, bytes: 1_000_000 }
const numbers = (ids: readonly string[], partitionkey: string) => ids.map((id) => event({ id, partitionkey }))

describe('a publish that is sent in several batches', () => {
  it('sends no later record of a key after an earlier one has failed', async () => {
    const driver = fakeDriver({ maxBatch })
    const broker = createBroker({ name: 'fake', driver, binding, publishRetry: once })
    driver.answerAll((messages) => messages.map(({ key }) => (key === 'a' ? down : {})))
    const events = [
      ...numbers(['a1'], 'a'),
      ...numbers(['b1', 'b2'], 'b'),
      ...numbers(['a2', 'a3'], 'a'),
      ...numbers(['b3'], 'b'),
      event({ id: 'loose' }),
    ]
    const error = await rejectionOf(broker.publish('orders', events))
    const sent = driver.calls.flatMap(({ messages }) => messages.map((message) => binding.decode(message).id))
    expect(sent).toEqual(['a1', 'b1', 'b2', 'b3', 'loose'])
    expect(error).toMatchObject({
      failures: [
        { index: 0, error: { message: 'down' } },
        { index: 3, error: { message: expect.stringContaining('an earlier record of its key failed') } },
        { index: 4, error: { code: 'ERR_PUBLISH' } },
      ],
    })
  })

  it('does not hold the same key of another publish back', async () => {
    const driver = fakeDriver({ maxBatch })
    const broker = createBroker({ name: 'fake', driver, binding, publishRetry: once })
    const first = rejectionOf(broker.publish('orders', numbers(['1', '2', '3'], 'k')))
    const second = broker.publish('orders', numbers(['4'], 'k'))
    let call = 0
    driver.answerAll((messages) => messages.map(() => (call++ < 2 ? down : {})))
    expect(await first).toMatchObject({ failures: [{ index: 0 }, { index: 1 }, { index: 2 }] })
    expect(await second).toEqual([{}])
  })

  it('lets a handler that is repeated write its events in order', async () => {
    const inner = memoryDriver()
    let sends = 0
    const driver = {
      ...inner,
      capabilities: { ...inner.capabilities, maxBatch },
      send: async (...[topic, messages, signal]: Parameters<typeof inner.send>) =>
        ++sends === 1 ? messages.map(() => down) : inner.send(topic, messages, signal),
    }
    await using out = createBroker({ name: 'out', driver, binding, publishRetry: once })
    await using broker = memory()
    const seen: string[] = []
    out.subscribe({ topic: 'sink', group: 'g' }, ({ id }) => void seen.push(id))
    broker.subscribe(
      { topic: 'orders', group: 'g' },
      (order) => ['1', '2', '3', '4'].map((id) => derive(order, { id })),
      { sink: { topic: 'sink', broker: out }, policy: { backoff: { initialMs: 0 } } },
    )
    await broker.publish('orders', event(), { key: 'k' })
    await eventually('four events', () => seen.length >= 4)
    expect(seen).toEqual(['1', '2', '3', '4'])
  })
})

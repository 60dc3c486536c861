import { describe, expect, it } from '@jest/globals'
import { createBroker } from '../../adapters/core/create-broker.ts'
import { deadLetterMessage } from '../../adapters/core/dead-letter.ts'
import { TerminalError } from '../../adapters/core/errors.ts'
import { sizeOf } from '../../adapters/core/message.ts'
import { binding, memory, memoryDriver } from '../../adapters/memory/index.ts'
import { eventually } from '../eventually.ts'
import { event, thrownBy } from './events.ts'
import { delivery } from './recorded-runner.ts'

function fail(): never {
  throw new TerminalError('boom')
}

describe('a dead letter', () => {
  it.each(['binary', 'structured'] as const)(
    'tells of a topic whose name has control characters, in %s mode',
    async (mode) => {
      await using broker = memory()
      const topics: unknown[] = []
      broker.subscribe({ topic: 'dead', group: 'g' }, ({ dlqtopic }) => void topics.push(dlqtopic))
      broker.subscribe({ topic: 'a\t\u0001b', group: 'g' }, fail, { policy: { deadLetter: 'dead' } })
      await broker.publish('a\t\u0001b', event(), { mode, key: 'k' })
      await eventually('the dead letter', () => topics.length === 1)
      expect(topics).toEqual(['a b'])
    },
  )

  it('is the message as it was where the binding cannot add to it', () => {
    const unwilling = { ...binding, annotate: fail }
    const dead = delivery('1')
    expect(
      deadLetterMessage(unwilling, { delivery: dead, cause: new Error('boom'), attempts: 1, time: 0 }),
    ).toBe(dead.message)
  })

  it('is the message as it was where the reason would make it too large for the broker', async () => {
    const message = binding.encode(event({ data: 'x'.repeat(500) }))
    await using broker = memory({ maxMessageBytes: sizeOf(message) })
    const letters: object[] = []
    broker.subscribe({ topic: 'dlq.g', group: 'd' }, (letter) => void letters.push({ ...letter }))
    broker.subscribe({ topic: 'orders', group: 'g' }, fail)
    await broker.send('orders', [message])
    await eventually('the dead letter', () => letters.length === 1)
    expect(letters).toEqual([{ ...binding.decode(message), data: 'x'.repeat(500) }])
  })
})

describe('a dead-letter topic', () => {
  it.each([
    ['the default', 'dlq.billing', {}],
    ['as named', 'orders', { deadLetter: 'orders' }],
  ])('that is the source is refused: %s', async (_, topic, policy) => {
    await using broker = memory()
    const source = { topic, group: 'billing' }
    expect(thrownBy(() => broker.subscribe(source, () => {}, { policy }))).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('name another topic'),
    })
    broker.subscribe(source, () => {}, { policy: { deadLetter: false } })
  })

  it('that is down keeps no other lane waiting, however many wait for it', async () => {
    const inner = memoryDriver()
    let isDown = true
    const driver = {
      ...inner,
      send: async (...[topic, messages, signal]: Parameters<typeof inner.send>) =>
        topic === 'dlq.g' && isDown
          ? messages.map(() => ({ error: new Error('down'), retryable: true }))
          : inner.send(topic, messages, signal),
    }
    const publishRetry = { maxAttempts: 2, backoff: { initialMs: 60_000, maxMs: 60_000, factor: 1 } }
    const broker = createBroker({ name: 'test', driver, binding, publishRetry, flushMs: 0 })
    let handled = 0
    broker.subscribe(
      { topic: 'orders', group: 'g' },
      ({ subject }) => (subject === 'bad' ? fail() : void handled++),
      { policy: { concurrency: 4, drainMs: 0 } },
    )
    const lanes = (count: number, subject: string) =>
      Array.from({ length: count }, (_, n) => event({ subject, partitionkey: `${subject}${n}` }))
    await broker.publish('orders', lanes(8, 'bad'))
    await broker.publish('orders', lanes(20, 'good'))
    await eventually('the sound events', () => handled === 20)
    isDown = false
    await broker.close()
  })
})

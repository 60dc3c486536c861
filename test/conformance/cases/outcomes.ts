import { all, atLeastOnce, type Case } from '../case.ts'
import { equal, show } from '../check.ts'
import { upTo } from './calls.ts'

export const outcomes: readonly Case[] = [
  {
    name: 'a settled position never passes an unsettled one',
    checks: [35],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const receiver = await t.receive(source, async (batch, stopped) => {
        const isOpen = batch.map(({ message }) => t.broker.binding.decode(message).id === '3')
        if (isOpen.includes(true)) {
          await new Promise<void>((resolve) => stopped.addEventListener('abort', () => resolve()))
        }
        return isOpen.map((open) => ({ kind: open ? 'release' : 'ack' }))
      })
      await t.broker.publish(source.topic, t.events(10), {
        key: ({ id }) => (Number(id) % 2 === 1 ? 'odd' : 'even'),
      })
      await t.until('event 3', () => receiver.numbers().includes(3))
      await t.quiet()
      await receiver.stop()
      const later = await t.receive(source)
      await t.until(
        'the event that was not settled',
        () => later.numbers().includes(3),
        () => `what came: ${show(later.numbers())}`,
      )
    },
  },
  {
    name: 'what is terminated is never delivered again',
    checks: [30],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const receiver = await t.receive(source, (batch) =>
        batch.map(() => ({ kind: 'term', cause: new Error('never again') })),
      )
      await t.broker.publish(source.topic, t.events(5), { key: 'k' })
      await t.until('five deliveries', () => receiver.deliveries.length >= 5)
      await receiver.stop()
      const later = await t.receive(source)
      await t.broker.publish(source.topic, t.event(5), { key: 'k' })
      await t.until('the event that follows', () => later.numbers().includes(5))
      await t.quiet()
      const delivered = [...receiver.numbers(), ...later.numbers()].sort((a, b) => a - b)
      equal(delivered, upTo(6), 'what was delivered')
    },
  },
  {
    name: 'what is released is delivered again',
    checks: [25, 27],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const receiver = await t.receive(source, async (batch, stopped) => {
        await new Promise<void>((resolve) => stopped.addEventListener('abort', () => resolve()))
        return batch.map(() => ({ kind: 'release' }))
      })
      await t.broker.publish(source.topic, t.events(5), { key: 'k' })
      await t.until('a delivery', () => receiver.deliveries.length > 0)
      await receiver.stop()
      const later = await t.receive(source)
      await t.until(
        'all five again',
        () => new Set(later.numbers()).size === 5,
        () => `what came: ${show(later.numbers())}`,
      )
    },
  },
  {
    name: 'what is refused by a nack is delivered again, with the next attempt number where the broker counts',
    checks: [27],
    needs: all(
      atLeastOnce,
      ({ redelivery }) => redelivery === 'broker' || 'the runner repeats, not the broker',
    ),
    async run(t) {
      const source = t.source(await t.topic())
      let seen = 0
      const receiver = await t.receive(source, (batch) =>
        batch.map(() => (++seen === 1 ? { kind: 'nack', cause: new Error('once') } : { kind: 'ack' })),
      )
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await t.until('the second delivery', () => receiver.deliveries.length >= 2)
      await t.quiet()
      const attempts = receiver.deliveries.map(({ attempt }) => attempt)
      equal(attempts, t.capabilities.attempts ? [1, 2] : [1, 1], 'attempts')
    },
  },
]

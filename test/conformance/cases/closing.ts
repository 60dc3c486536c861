import { always, atLeastOnce, type Case } from '../case.ts'
import { equal, ok } from '../check.ts'
import { keyed } from './calls.ts'

export const closing: readonly Case[] = [
  {
    name: 'after a subscription has closed, another of its group goes on where it stopped',
    checks: [17, 22],
    needs: atLeastOnce,
    async run(t) {
      const topic = await t.topic()
      const source = t.source(topic)
      const first = await t.read(source)
      await t.broker.publish(topic, t.events(10), { key: 'k' })
      await first.gets(t.events(10))
      await first.close()
      await t.broker.publish(topic, t.events(10, 10), { key: 'k' })
      const second = await t.read(source)
      await second.gets(t.events(10, 10))
      const again = second.calls.filter(({ n }) => n < 10).map(({ n }) => n)
      equal(again, [], 'events that were acknowledged and came again')
      equal(first.calls.length, 10, 'calls of the handler that was closed')
    },
  },
  {
    name: 'closing one of two subscriptions leaves the other working',
    checks: [22],
    needs: always,
    async run(t) {
      const topic = await t.topic()
      const [one, two] = [await t.read(t.source(topic)), await t.read(t.source(topic))]
      await t.broker.publish(topic, t.events(5))
      await Promise.all([one.gets(t.events(5)), two.gets(t.events(5))])
      await one.close()
      await t.broker.publish(topic, t.events(5, 5))
      await two.gets(t.events(10))
      ok(
        one.calls.every(({ n }) => n < 5),
        'the closed subscription got an event',
      )
    },
  },
  {
    name: 'a handler that runs when its subscription closes may finish, and its event is acknowledged',
    checks: [18, 25],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const gate = t.gate()
      const reader = await t.read(source, () => gate.opened, { policy: { drainMs: 60_000 } })
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await t.until('the handler to run', () => reader.calls.length === 1)
      let closed = false
      const closing = reader.close().then(() => {
        closed = true
      })
      await t.quiet()
      ok(!closed, 'close resolved while a handler was running')
      gate.open()
      await closing
      equal(reader.handled.length, 1, 'events handled')
      const next = await t.read(source)
      await t.broker.publish(source.topic, t.event(1), { key: 'k' })
      await next.gets([t.event(1)])
      equal(next.calls.length, 1, 'events of the next reader')
    },
  },
  {
    name: 'a handler that outlasts drainMs is told by its signal, and its event is delivered to the next reader',
    checks: [18, 19, 25],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      let told = false
      const stuck = await t.read(
        source,
        (_, { signal }) => {
          signal.addEventListener('abort', () => (told = true))
          return t.hang()
        },
        { policy: { drainMs: 20 } },
      )
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await t.until('the handler to run', () => stuck.calls.length === 1)
      await stuck.close()
      ok(told, 'the signal of the handler was not aborted')
      const next = await t.read(source)
      await next.gets([t.event(0)])
    },
  },
  {
    name: 'close may be called again, ten times at once, and loses nothing',
    checks: [19, 20],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const broker = await t.open()
      const reader = await t.read(source, () => t.pause(1), { broker, policy: { concurrency: 2 } })
      await t.broker.publish(source.topic, t.events(100), { key: keyed(4) })
      await t.until('some events to be handled', () => reader.handled.length > 10)
      await t.within('closing ten times', Promise.all(Array.from({ length: 10 }, () => broker.close())))
      await t.within('closing once more', broker.close())
      const before = reader.handled.map(({ n }) => n)
      const rest = await t.read(source)
      await rest.gets(t.events(100).filter(({ id }) => !before.includes(Number(id))))
    },
  },
  {
    name: 'closing while events are published loses none that was confirmed',
    checks: [21],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const publisher = await t.open()
      const parts = Array.from({ length: 20 }, (_, part) => t.events(25, part * 25))
      const published = parts.map((events) => publisher.publish(source.topic, events))
      const closing = published[0]?.then(() => publisher.close())
      const results = await Promise.allSettled(published)
      await t.within('closing', closing ?? Promise.resolve())
      const confirmed = parts.filter((_, index) => results[index]?.status === 'fulfilled').flat()
      ok(confirmed.length >= 25, 'nothing was confirmed')
      await reader.gets(confirmed)
    },
  },
  {
    name: 'after close has resolved no handler is called',
    checks: [19, 25],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const broker = await t.open()
      const reader = await t.read(source, undefined, { broker })
      await t.broker.publish(source.topic, t.events(5))
      await reader.gets(t.events(5))
      await t.within('closing', broker.close())
      const calls = reader.calls.length
      await t.broker.publish(source.topic, t.events(5, 5))
      await t.quiet()
      equal(reader.calls.length, calls, 'calls of the handler')
      await t.within('the end of the subscription', reader.subscription.done)
    },
  },
  {
    name: 'once receive has ended, the driver delivers nothing more',
    checks: [17, 25],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const receiver = await t.receive(source)
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await t.until('the first event', () => receiver.numbers().includes(0))
      await receiver.stop()
      await t.broker.publish(source.topic, t.events(5, 1), { key: 'k' })
      await t.quiet()
      equal(receiver.numbers(), [0], 'what was delivered')
    },
  },
]

import { always, atLeastOnce, type Case } from '../case.ts'
import { equal, ok } from '../check.ts'
import { distinct, keyed, numbers, sorted, upTo } from './calls.ts'
import { failsFirst } from './failing.ts'

export const settling: readonly Case[] = [
  {
    name: 'an event that was handled is not delivered again, neither to its reader nor to the next',
    checks: [30],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const events = t.events(20)
      await t.broker.publish(source.topic, events, { key: 'k' })
      await reader.gets(events)
      await t.quiet()
      equal(
        sorted(reader.calls),
        events.map(({ id }) => Number(id)),
        'the calls',
      )
      await reader.close()
      const next = await t.read(source)
      await t.broker.publish(source.topic, t.event(20), { key: 'k' })
      await next.gets([t.event(20)])
      await t.quiet()
      equal(numbers(next.calls), [20], 'the calls of the next reader')
    },
  },
  {
    name: 'an event whose handler throws is attempted again, and the attempt number counts up',
    checks: [27, 38],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(
        source,
        failsFirst(() => 3),
      )
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await reader.gets([t.event(0)])
      await t.quiet()
      equal(
        reader.calls.map(({ attempt }) => attempt),
        [1, 2, 3, 4],
        'attempts',
      )
      for (const { attempt, delivery } of reader.calls) {
        const counted = t.capabilities.redelivery === 'broker' && t.capabilities.attempts ? attempt : 1
        equal(delivery.attempt, counted, `the count of the broker at attempt ${attempt}`)
      }
    },
  },
  {
    name: 'every one of twenty events that fail once is attempted again',
    checks: [27],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(
        source,
        failsFirst(() => 1),
      )
      await t.broker.publish(source.topic, t.events(20))
      await reader.gets(t.events(20))
      for (const { id } of t.events(20)) {
        const attempts = reader.calls.filter(({ event }) => event.id === id).map(({ attempt }) => attempt)
        equal(attempts, [1, 2], `attempts of event ${id}`)
      }
    },
  },
  {
    name: 'one failed event of many does not bring back those that were handled',
    checks: [37],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(
        source,
        failsFirst((n) => (n === 7 ? 2 : 0)),
      )
      await t.broker.publish(source.topic, t.events(20), { key: keyed(2) })
      await reader.gets(t.events(20))
      await t.quiet()
      equal(sorted(reader.handled), upTo(20), 'handled')
    },
  },
  {
    name: 'an attempt that settles after its time was up changes nothing',
    checks: [28],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const gate = t.gate()
      const late = () => gate.opened.then(() => Promise.reject(new Error('late')))
      const policy = { timeoutMs: 30 }
      const reader = await t.read(source, (_, { attempt }) => (attempt === 1 ? late() : undefined), {
        policy,
      })
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await reader.gets([t.event(0)])
      gate.open()
      await t.quiet()
      equal(
        reader.calls.map(({ attempt }) => attempt),
        [1, 2],
        'attempts',
      )
    },
  },
  {
    name: 'hundreds of failures at several readers lose nothing for the reader that comes after them',
    checks: [29],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const fails = () => Promise.reject(new Error('always'))
      const policy = { maxAttempts: Number.POSITIVE_INFINITY, backoff: { initialMs: 1, maxMs: 2 } }
      const readers = [await t.read(source, fails, { policy }), await t.read(source, fails, { policy })]
      const events = t.events(50)
      await t.broker.publish(source.topic, events, { key: keyed(5) })
      await t.until(
        'two hundred failed attempts',
        () => readers.reduce((count, { calls }) => count + calls.length, 0) >= 200,
        () => `${readers.map(({ calls }) => calls.length).join(' and ')} were made`,
      )
      await Promise.all(readers.map((reader) => reader.close()))
      const clean = await t.read(source)
      await clean.gets(events)
    },
  },
  {
    name: 'readers that come and go, each closed in the middle of its work, together handle everything',
    checks: [31],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const events = t.events(100)
      await t.read(source).then((reader) => reader.close())
      await t.broker.publish(source.topic, events, { key: keyed(3) })
      const seen = new Set<number>()
      for (let round = 1; seen.size < events.length; round++) {
        const reader = await t.read(source, () => t.pause(1), { policy: { concurrency: 2 } })
        const wanted = Math.min(round * 15, events.length - seen.size)
        await t.until('the next part to be handled', () => new Set(numbers(reader.handled)).size >= wanted)
        await reader.close()
        for (const n of numbers(reader.handled)) seen.add(n)
      }
    },
  },
  {
    name: 'a backlog that waits for handlers is held back, and goes on when they return',
    checks: [34],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const gate = t.gate()
      const reader = await t.read(source, () => gate.opened, { policy: { concurrency: 4 } })
      const events = t.events(200)
      await t.broker.publish(source.topic, events, { key: keyed(20) })
      await t.until('a handler to run', () => reader.calls.length > 0)
      await t.quiet()
      ok(reader.calls.length <= 4, `${reader.calls.length} handlers ran at once, though the policy allows 4`)
      gate.open()
      await reader.gets(events)
    },
  },
  {
    name: 'an event is settled only when its handler has returned',
    checks: [25, 35],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const first = await t.read(source, ({ id }) => (id === '3' ? t.hang() : undefined), {
        policy: { drainMs: 20 },
      })
      const events = t.events(10)
      await t.broker.publish(source.topic, events, {
        key: ({ id }) => (Number(id) % 2 === 1 ? 'odd' : 'even'),
      })
      await t.until('the handler of event 3 to run', () => numbers(first.calls).includes(3))
      await t.quiet()
      await first.close()
      const handled = numbers(first.handled)
      const next = await t.read(source)
      await next.gets(events.filter(({ id }) => !handled.includes(Number(id))))
      ok(distinct(next.calls).includes(3), 'event 3 was lost')
    },
  },
]

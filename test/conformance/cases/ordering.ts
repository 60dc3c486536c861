import type { Handler } from '../../../adapters/core/handler.ts'
import { type Case, ordered } from '../case.ts'
import { equal, fail, show } from '../check.ts'
import { refusing } from '../interpose.ts'
import type { Call } from '../reader.ts'
import { distinct, keyed, numbers, upTo } from './calls.ts'
import { failsFirst } from './failing.ts'

const keys = 16
const keyOf = keyed(keys)

/** Each key was first handled in the order of publishing, with nothing left out. */
function inOrder(calls: readonly Call[], count: number): void {
  for (let key = 0; key < keys; key++) {
    const found = distinct(calls).filter((n) => n % keys === key)
    const expected = upTo(count).filter((n) => n % keys === key)
    equal(found, expected, `order of key ${key}`)
  }
}

/** Besides, nothing ever ran before what stands in front of it: a repetition may go back, never skip ahead. */
function neverAhead(calls: readonly Call[]): void {
  const last = new Map<number, number>()
  for (const n of numbers(calls)) {
    const before = last.get(n % keys) ?? (n % keys) - keys
    if (n > before + keys) fail(`event ${n} ran after event ${before} of its key: ${show(numbers(calls))}`)
    last.set(n % keys, n)
  }
}

export const ordering: readonly Case[] = [
  {
    name: 'events of one publish and one key arrive in order',
    checks: [43],
    needs: ordered,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      await t.broker.publish(source.topic, t.events(200), { key: 'k' })
      await reader.gets(t.events(200))
      equal(distinct(reader.calls), upTo(200), 'the order')
    },
  },
  {
    name: 'publishes of one key that do not wait for each other keep their order',
    checks: [43],
    needs: ordered,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      await Promise.all(t.events(100).map((event) => t.broker.publish(source.topic, event, { key: 'k' })))
      await reader.gets(t.events(100))
      equal(distinct(reader.calls), upTo(100), 'the order')
    },
  },
  {
    name: 'each of sixteen keys keeps its order with one reader',
    checks: [43],
    needs: ordered,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source, ({ id }) => t.pause(Number(id) % 3))
      const events = t.events(320)
      await t.broker.publish(source.topic, events, { key: keyOf })
      await reader.gets(events)
      inOrder(reader.handled, events.length)
      neverAhead(reader.calls)
    },
  },
  {
    name: 'each of sixteen keys keeps its order with several readers in one group',
    checks: [43],
    needs: ordered,
    async run(t) {
      const source = t.source(await t.topic())
      const readers = await Promise.all(
        Array.from({ length: t.load.readers }, async () =>
          t.read(source, ({ id }) => t.pause(Number(id) % 3)),
        ),
      )
      const events = t.events(320)
      await t.broker.publish(source.topic, events, { key: keyOf })
      await t.until(
        'all to be handled',
        () => new Set(readers.flatMap((reader) => distinct(reader.handled))).size === events.length,
        () => `handled: ${readers.map((reader) => reader.handled.length).join(', ')}`,
      )
      const calls = readers.flatMap((reader) => reader.calls).sort((a, b) => a.at - b.at)
      inOrder(calls, events.length)
    },
  },
  {
    name: 'each of sixteen keys keeps its order when a member of the group leaves and another goes on',
    checks: [43, 46],
    needs: ordered,
    async run(t) {
      const source = t.source(await t.topic())
      const work: Handler = ({ id }) => t.pause(Number(id) % 3)
      const readers = [await t.read(source, work), await t.read(source, work, { broker: await t.open() })]
      const handled = () => readers.flatMap((reader) => reader.handled)
      const events = t.events(320)
      await t.broker.publish(source.topic, events, { key: keyOf })
      await t.until('a part to be handled', () => handled().length > 60)
      await readers[0]?.close()
      await t.until(
        'all to be handled',
        () => new Set(distinct(handled())).size === events.length,
        () => `handled: ${readers.map((reader) => reader.handled.length).join(' and ')}`,
      )
      const inTime = handled().sort((a, b) => a.at - b.at)
      inOrder(inTime, events.length)
    },
  },
  {
    name: 'two publishers on one key each keep their order',
    checks: [43],
    needs: ordered,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const other = await t.open()
      const [even, odd] = [
        t.events(100).filter((_, n) => n % 2 === 0),
        t.events(100).filter((_, n) => n % 2 === 1),
      ]
      for (let part = 0; part < 50; part += 10) {
        await Promise.all([
          t.broker.publish(source.topic, even.slice(part, part + 10), { key: 'k' }),
          other.publish(source.topic, odd.slice(part, part + 10), { key: 'k' }),
        ])
      }
      await reader.gets(t.events(100))
      for (const rest of [0, 1]) {
        const found = distinct(reader.calls).filter((n) => n % 2 === rest)
        equal(
          found,
          [...found].sort((a, b) => a - b),
          `the order of publisher ${rest + 1}`,
        )
      }
    },
  },
  {
    name: 'each key keeps its order when events fail and are repeated',
    checks: [44],
    needs: ordered,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(
        source,
        failsFirst((n) => (n % 5 === 0 ? 2 : n % 7 === 0 ? 1 : 0)),
      )
      const events = t.events(160)
      await t.broker.publish(source.topic, events, { key: keyOf })
      await reader.gets(events)
      inOrder(reader.handled, events.length)
      neverAhead(reader.calls)
    },
  },
  {
    name: 'records that the broker refuses for the moment are sent again without reordering their key',
    checks: [43, 53],
    needs: ordered,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      let refusals = 3
      const busy = await t.open((driver) =>
        refusing(driver, (message) => {
          const isFifth = t.broker.binding.decode(message).id === '5'
          if (!isFifth || refusals-- <= 0) return undefined
          return { error: new Error('busy'), retryable: true }
        }),
      )
      await Promise.all(
        [t.events(10), t.events(10, 10)].map((events) => busy.publish(source.topic, events, { key: 'k' })),
      )
      await reader.gets(t.events(20))
      equal(distinct(reader.calls), upTo(20), 'the order')
    },
  },
]

import { codeOf } from '../../../adapters/core/errors.ts'
import { all, always, atLeastOnce, type Case, declares, lanes, shared } from '../case.ts'
import { equal, ok } from '../check.ts'
import { distinct, keyed, numbers, upTo } from './calls.ts'
import { failsFirst } from './failing.ts'

export const groups: readonly Case[] = [
  {
    name: 'two groups of a topic each get everything',
    checks: [2, 46],
    needs: always,
    async run(t) {
      const topic = await t.topic()
      const [one, two] = [await t.read(t.source(topic)), await t.read(t.source(topic))]
      await t.broker.publish(topic, t.events(50))
      await Promise.all([one.gets(t.events(50)), two.gets(t.events(50))])
    },
  },
  {
    name: 'what fails in one group is neither late nor repeated in another',
    checks: [2, 46],
    needs: always,
    async run(t) {
      const topic = await t.topic()
      const failing = await t.read(
        t.source(topic),
        failsFirst(() => 1_000),
        { policy: { drainMs: 20 } },
      )
      const working = await t.read(t.source(topic))
      await t.broker.publish(topic, t.events(10), { key: 'k' })
      await working.gets(t.events(10))
      await t.until('attempts of the failing group', () => failing.calls.length > 3)
      equal(numbers(working.calls).length, 10, 'calls in the working group')
    },
  },
  {
    name: 'members of a group share its events, each of which is handled by one of them',
    checks: [4, 46],
    needs: all(lanes, shared),
    async run(t) {
      const source = t.source(await t.topic())
      const members = [await t.read(source), await t.read(source, undefined, { broker: await t.open() })]
      const key = keyed(16)
      const handled = () => members.flatMap((member) => numbers(member.handled))
      let published = 0
      const publish = async (count: number) => {
        await t.broker.publish(source.topic, t.events(count, published), { key })
        published += count
        await t.until(
          'all to be handled',
          () => new Set(handled()).size === published,
          () => `${handled().length} calls`,
        )
      }
      // Until the group has settled, one member may get everything.
      await t.until(
        'each member to get a share',
        async () => {
          if (members.every((member) => member.handled.length > 0)) return true
          await publish(16)
          return false
        },
        () => `shares: ${members.map((member) => member.handled.length).join(' and ')} of ${published}`,
      )
      const from = published
      await publish(160)
      await t.quiet()
      const once = handled()
        .filter((n) => n >= from)
        .sort((a, b) => a - b)
      equal(once, upTo(160, from), 'the events handled by both together')
    },
  },
  {
    name: 'a member that joins and one that leaves in the middle of the stream lose nothing',
    checks: [46, 22],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const work = () => t.pause(1)
      const key = keyed(16)
      const first = await t.read(source, work)
      const members = [first]
      const seen = () => new Set(members.flatMap((member) => numbers(member.handled)))
      await t.broker.publish(source.topic, t.events(150), { key })
      await t.until('the first member to work', () => first.handled.length > 20)
      members.push(await t.read(source, work, { broker: await t.open() }))
      await t.broker.publish(source.topic, t.events(150, 150), { key })
      await first.close()
      await t.until(
        'everything',
        () => seen().size === 300,
        () => `${seen().size} of 300 were handled`,
      )
    },
  },
  {
    name: 'a member that joins and one that leaves while events are retried cost none of them',
    checks: [42],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const policy = { backoff: { initialMs: 10, maxMs: 20 } }
      const retrying = failsFirst(() => 3)
      const first = await t.read(source, retrying, { policy })
      await t.broker.publish(source.topic, t.events(64), { key: keyed(16) })
      await t.until('attempts to fail', () => first.calls.length > 20)
      const second = await t.read(source, retrying, { policy, broker: await t.open() })
      await t.until('more attempts to fail', () => first.calls.length + second.calls.length > 60)
      await first.close()
      const seen = () => new Set([...numbers(first.handled), ...numbers(second.handled)]).size
      await t.until(
        'everything',
        () => seen() === 64,
        () => `${seen()} of 64 were handled`,
      )
    },
  },
  {
    name: 'a group that starts at the latest gets what is published after it, and nothing older',
    checks: [47],
    needs: declares('latest'),
    async run(t) {
      const topic = await t.topic()
      await t.broker.publish(topic, t.events(10))
      const reader = await t.read(t.source(topic, 'latest'))
      let published = 10
      await t.until('a later event', async () => {
        if (reader.handled.length > 0) return true
        await t.broker.publish(topic, t.event(published++))
        return false
      })
      ok(
        reader.calls.every(({ n }) => n >= 10),
        'an event came that is older than the group',
      )
    },
  },
  {
    name: 'a group that is created before its first reader keeps what comes in between',
    checks: [47, 26],
    needs: atLeastOnce,
    async run(t) {
      const topic = await t.topic()
      const source = t.source(topic, t.capabilities.replay.includes('latest') ? 'latest' : undefined)
      if (t.harness.group === undefined) {
        const refusal = await t.broker.ensure({ topics: [], groups: [source] }).then(
          () => undefined,
          (error: unknown) => error,
        )
        if (refusal !== undefined) {
          equal(codeOf(refusal), 'ERR_UNSUPPORTED', 'the refusal to create a group')
          return
        }
      } else await t.harness.group(source)
      await t.broker.publish(topic, t.events(10))
      const reader = await t.read(source)
      await reader.gets(t.events(10))
    },
  },
  {
    name: 'a topic that ensure creates can be used, or ensure is refused with ERR_UNSUPPORTED',
    checks: [26],
    needs: always,
    async run(t) {
      const topic = await t.topic()
      const work = t.broker.ensure({ topics: [topic] })
      const refusal = await work.then(
        () => undefined,
        (error: unknown) => error,
      )
      if (refusal !== undefined) equal(codeOf(refusal), 'ERR_UNSUPPORTED', 'the refusal')
      const reader = await t.read(t.source(topic))
      await t.broker.publish(topic, t.events(3))
      await reader.gets(t.events(3))
    },
  },
  {
    name: 'a new group gets old events where they are kept',
    checks: [48],
    needs: declares('earliest'),
    async run(t) {
      const topic = await t.topic()
      const first = await t.read(t.source(topic))
      await t.broker.publish(topic, t.events(10))
      await first.gets(t.events(10))
      const second = await t.read(t.source(topic))
      await second.gets(t.events(10))
      equal(distinct(first.calls).length, 10, 'events of the first group')
    },
  },
  {
    name: 'where events are delivered at most once, a later reader gets nothing older',
    checks: [48],
    needs: ({ delivery }) => delivery === 'at-most-once' || 'the broker delivers at least once',
    async run(t) {
      const source = t.source(await t.topic())
      const first = await t.read(source)
      await t.broker.publish(source.topic, t.events(10))
      await first.gets(t.events(10))
      await first.close()
      const later = await t.read(source)
      await t.broker.publish(source.topic, t.events(3, 10))
      await later.gets(t.events(3, 10))
      ok(
        later.calls.every(({ n }) => n >= 10),
        'an event came again',
      )
    },
  },
  {
    name: 'many readers of one group together handle many events of several publishers',
    checks: [45],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const { readers: count, events } = t.load
      const readers = await Promise.all(Array.from({ length: count }, () => t.read(source)))
      const publishers = [t.broker, await t.open(), await t.open(), await t.open()]
      const share = Math.ceil(events / publishers.length)
      const key = keyed(64)
      const publishing = publishers.map((broker, index) =>
        broker.publish(source.topic, t.events(share, index * share), { key }),
      )
      await t.within('publishing', Promise.all(publishing))
      const seen = () => new Set(readers.flatMap((reader) => numbers(reader.handled))).size
      const total = share * publishers.length
      await t.until(
        'all to be handled',
        () => seen() === total,
        () => `${seen()} of ${total} were`,
      )
    },
  },
  {
    name: 'many topics at once each deliver what they were given',
    checks: [45],
    needs: always,
    async run(t) {
      const topics = await Promise.all(Array.from({ length: t.load.topics }, () => t.topic()))
      const readers = await Promise.all(topics.map((topic) => t.read(t.source(topic))))
      await Promise.all(topics.map((topic, index) => t.broker.publish(topic, t.events(20, index * 20))))
      await Promise.all(readers.map((reader, index) => reader.gets(t.events(20, index * 20))))
      for (const reader of readers) equal(distinct(reader.calls).length, 20, 'events of a topic')
    },
  },
]

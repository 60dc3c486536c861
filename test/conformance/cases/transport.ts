import { headerOf, sizeOf } from '../../../adapters/core/message.ts'
import { always, atLeastOnce, type Case, declares, headers, ordered } from '../case.ts'
import { equal, failuresOf, ok, rejects } from '../check.ts'
import { keyed } from './calls.ts'

export const transport: readonly Case[] = [
  {
    name: 'a hundred events that were published before their group existed all arrive',
    checks: [1, 48],
    needs: declares('earliest'),
    async run(t) {
      const topic = await t.topic()
      const events = t.events(100)
      await t.broker.publish(topic, events)
      const reader = await t.read(t.source(topic, 'earliest'))
      await reader.gets(events)
      await reader.close()
    },
  },
  {
    name: 'headers of a message arrive with their names, in the case they were sent with, and their values',
    checks: [7],
    needs: headers,
    async run(t) {
      const topic = await t.topic()
      const receiver = await t.receive(t.source(topic))
      const message = t.broker.binding.encode(t.event(0))
      const more = { 'X-Trace-Id': 'AbC', traceparent: '00-a-b-01', with_underscore: '1', 'with.dot': '2' }
      await t.broker.send(topic, [{ ...message, headers: { ...message.headers, ...more } }])
      await t.until('the message', () => receiver.deliveries.length > 0)
      const found = receiver.deliveries[0]?.message.headers ?? {}
      for (const [name, value] of Object.entries(more)) equal(found[name], value, `header ${name}`)
      equal(headerOf(found, 'x-trace-id'), 'AbC', 'a header that is looked up in lower case')
    },
  },
  {
    name: 'a header is carried or refused, never lost, where the broker declares no headers',
    checks: [7],
    needs: (c) => !c.headers || 'messages have headers',
    async run(t) {
      const topic = await t.topic()
      const receiver = await t.receive(t.source(topic))
      const message = t.broker.binding.encode(t.event(0))
      const sent = t.broker.send(topic, [{ ...message, headers: { ...message.headers, 'x-note': 'a' } }])
      const refused = await sent.then(
        () => false,
        () => true,
      )
      if (refused) {
        const [failure] = await failuresOf(sent, 'a header')
        await rejects(Promise.reject(failure?.error), 'ERR_UNSUPPORTED', 'a header')
        return
      }
      await t.until('the message', () => receiver.deliveries.length > 0)
      equal(receiver.deliveries[0]?.message.headers['x-note'], 'a', 'the header')
    },
  },
  {
    name: 'the key of a message arrives with it',
    checks: [7],
    needs: ordered,
    async run(t) {
      const topic = await t.topic()
      const reader = await t.read(t.source(topic))
      await t.broker.publish(topic, t.events(2), { key: ({ id }) => `Schlüssel ${id}` })
      const calls = [...(await reader.gets(t.events(2)))].sort((a, b) => a.n - b.n)
      equal(
        calls.map(({ delivery }) => delivery.message.key),
        ['Schlüssel 0', 'Schlüssel 1'],
        'keys',
      )
    },
  },
  {
    name: 'the largest message that is declared arrives',
    checks: [52],
    needs: ({ maxMessageBytes }) => maxMessageBytes <= 32 * 1_048_576 || 'the limit is beyond 32 MiB',
    async run(t) {
      const topic = await t.topic()
      const reader = await t.read(t.source(topic))
      const { maxMessageBytes } = t.capabilities
      const sized = (length: number) =>
        t.event(0, { data: 'x'.repeat(length), datacontenttype: 'text/plain' })
      // Not of an empty text, which some transports write another way.
      const overhead = sizeOf(t.broker.binding.encode(sized(1), { key: 'k' })) - 1
      const event = sized(maxMessageBytes - overhead)
      equal(sizeOf(t.broker.binding.encode(event, { key: 'k' })), maxMessageBytes, 'the size')
      await t.broker.publish(topic, event, { key: 'k' })
      await reader.gets([event])
      const data = reader.handled[0]?.event.data
      ok(data === event.data, 'the data changed on the way')
    },
  },
  {
    name: 'what is published to one topic never arrives at another',
    checks: [3],
    needs: always,
    async run(t) {
      const [a, b] = [await t.topic(), await t.topic()]
      const readA = await t.read(t.source(a))
      const readB = await t.read(t.source(b))
      await t.broker.publish(a, t.events(20))
      await t.broker.publish(b, t.events(20, 100))
      await readA.gets(t.events(20))
      await readB.gets(t.events(20, 100))
      await t.quiet()
      ok(!readA.calls.some(({ n }) => n >= 100), 'an event of the second topic arrived at the first')
      ok(!readB.calls.some(({ n }) => n < 100), 'an event of the first topic arrived at the second')
    },
  },
  {
    name: 'one broker reads several topics, each with a handler of its own',
    checks: [4],
    needs: always,
    async run(t) {
      const topics = [await t.topic(), await t.topic(), await t.topic()]
      const seen = topics.map((): string[] => [])
      const readers = await Promise.all(
        topics.map((topic, index) => t.read(t.source(topic), ({ id }) => void seen[index]?.push(id))),
      )
      for (const [index, topic] of topics.entries()) await t.broker.publish(topic, t.events(10, index * 10))
      await Promise.all(readers.map((reader, index) => reader.gets(t.events(10, index * 10))))
      for (const [index, reader] of readers.entries()) {
        equal(seen[index]?.length, reader.calls.length, 'calls of the handler')
        ok(
          reader.calls.every(({ delivery }) => delivery.topic === topics[index]),
          'a delivery names another topic',
        )
      }
    },
  },
  {
    name: 'a receipt names the position at which the message is delivered',
    checks: [1],
    needs: atLeastOnce,
    async run(t) {
      const topic = await t.topic()
      const reader = await t.read(t.source(topic))
      const events = t.events(30)
      const receipts = await t.broker.publish(topic, events, { key: keyed(3) })
      equal(receipts.length, events.length, 'receipts')
      for (const { n, delivery } of await reader.gets(events)) {
        const receipt = receipts[n]
        if (receipt?.position === undefined || delivery.position === undefined) continue
        equal(receipt.position, delivery.position, `the position of event ${n}`)
      }
    },
  },
]

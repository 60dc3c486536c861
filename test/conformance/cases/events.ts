import type { PublishOptions } from '../../../adapters/core/broker.ts'
import { type CloudEvent, createEvent } from '../../../adapters/core/event.ts'
import { always, type Case } from '../case.ts'
import { equal, fail, ok, rejects, show } from '../check.ts'
import type { Call } from '../reader.ts'
import type { Trial } from '../trial.ts'

const awkward = [
  ' at both ends ',
  'ümläut ß',
  '日本語',
  'العربية',
  '🚂🏳️‍🌈 emoji',
  'e\u0301 is not \u00e9',
  'a"b\\c\'d`e',
  'a/b:c;d,e=f?g#h[i]{j}<k>|l&m',
  '100%25 % %zz',
  '{"json": [true, null]}',
]

/** Publishes events, and returns them as they arrive, in the order of `events`. */
async function carried(t: Trial, events: readonly CloudEvent[], options?: PublishOptions) {
  const topic = await t.topic()
  const reader = await t.read(t.source(topic))
  await t.broker.publish(topic, events, options)
  const handled = await reader.gets(events)
  return events.map(
    (event) => handled.find((call) => call.event.id === event.id) ?? fail(`${event.id} is missing`),
  )
}

/** Values of extensions as text: in headers they have no other type. */
function comparable(event: CloudEvent): object {
  const standard = ['specversion', 'id', 'source', 'type', 'data']
  const members = Object.entries({ ...event }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    members.map(([name, value]) => [name, standard.includes(name) ? value : String(value)]),
  )
}

function same(calls: readonly Call[], events: readonly CloudEvent[]): void {
  for (const [index, event] of events.entries()) {
    equal(comparable(calls[index]?.event ?? fail('missing')), comparable(event), `event ${event.id}`)
  }
}

export const events: readonly Case[] = [
  {
    name: 'an event arrives with its data and with every attribute and extension unchanged',
    checks: [1, 5],
    needs: always,
    async run(t) {
      const event = t.event(0, {
        subject: 'orders/42',
        dataschema: 'https://example.com/order.json',
        text: 'an extension',
        flag: true,
        count: -42,
        data: { id: 42, lines: [{ sku: 'a', price: 1.5 }], note: null },
      })
      same(await carried(t, [event]), [event])
    },
  },
  {
    name: 'JSON data arrives as the value that it was: object, list, text, number, true, false and null',
    checks: [5],
    needs: always,
    async run(t) {
      const values = [{ a: { b: [] } }, [1, 'two', null], 'text', '', 0, -1.5e-7, true, false, null]
      const events = values.map((data, n) => t.event(n, { data, datacontenttype: 'application/json' }))
      same(await carried(t, events), events)
    },
  },
  {
    name: 'a binary body with every byte from 0 to 255 arrives byte for byte',
    checks: [6],
    needs: always,
    async run(t) {
      const bytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256)
      const event = t.event(0, { data: bytes, datacontenttype: 'application/octet-stream' })
      const [call] = await carried(t, [event])
      equal(call?.event.data, bytes, 'data')
      equal(call?.event.datacontenttype, 'application/octet-stream', 'datacontenttype')
    },
  },
  {
    name: 'a subject and extensions of every script, with quotes, percent signs and spaces, arrive unchanged',
    checks: [7],
    needs: always,
    async run(t) {
      const extensions = Object.fromEntries(awkward.map((value, index) => [`ext${index}`, value]))
      const events = awkward.map((subject, n) => t.event(n, { subject, ...extensions }))
      same(await carried(t, events), events)
    },
  },
  {
    name: 'an attribute that is no valid Unicode is refused when it is published, and nothing is sent',
    checks: [7],
    needs: always,
    async run(t) {
      const topic = await t.topic()
      const reader = await t.read(t.source(topic))
      const broken: CloudEvent = { ...t.event(0), subject: 'half a pair: \ud83d' }
      await rejects(t.broker.publish(topic, [t.event(1), broken]), 'ERR_INVALID_EVENT', 'a lone surrogate')
      await t.broker.publish(topic, t.event(2))
      await reader.gets([t.event(2)])
      equal(
        reader.calls.map(({ n }) => n),
        [2],
        'the events that arrived',
      )
    },
  },
  {
    name: 'an event without data arrives without data, and empty text arrives as empty text',
    checks: [8],
    needs: always,
    async run(t) {
      const none = createEvent({ type: 'a', source: '/a', id: '0' })
      const empty = t.event(1, { data: '', datacontenttype: 'text/plain' })
      const [first, second] = await carried(t, [none, empty])
      equal(first?.event.data, undefined, 'data of an event that has none')
      equal(second?.event.data, '', 'data of an event whose data is empty text')
    },
  },
  {
    name: 'an absent time and an absent content type stay absent',
    checks: [8],
    needs: always,
    async run(t) {
      const event: CloudEvent = {
        specversion: '1.0',
        id: '0',
        source: '/a',
        type: 'a',
        data: Uint8Array.of(7),
      }
      const [call] = await carried(t, [event])
      equal({ ...call?.event }, event, 'the event')
    },
  },
  {
    name: 'a time keeps its digits and its offset, a content type its parameters',
    checks: [8],
    needs: always,
    async run(t) {
      const event = t.event(0, {
        time: '2026-01-31T12:00:00.123456789+05:45',
        datacontenttype: 'text/plain; charset=utf-8',
        data: 'text',
      })
      same(await carried(t, [event]), [event])
    },
  },
  {
    name: 'a relayed event keeps its identity and its bytes, integers beyond 2^53 included',
    checks: [1],
    needs: always,
    async run(t) {
      const [from, to] = [await t.topic(), await t.topic()]
      const reader = await t.read(t.source(to))
      await t.read(t.source(from), (event) => event, { sink: { topic: to } })
      const text = '{"big": 9007199254740993, "spaced":   [1,2] }'
      const data = new TextEncoder().encode(text)
      const event = t.event(0, { data, datacontenttype: 'application/json' })
      await t.broker.publish(from, event)
      const [call] = await reader.gets([event])
      const relayed = call?.event ?? fail('missing')
      equal([relayed.id, relayed.source, relayed.time], [event.id, event.source, event.time], 'identity')
      const body = t.broker.binding.encode(relayed, { mode: 'structured' }).body ?? fail('no body')
      ok(new TextDecoder().decode(body).includes(text), `the data changed: ${show(relayed.data)}`)
    },
  },
  {
    name: 'an event in structured mode arrives as the same event',
    checks: [1],
    needs: always,
    async run(t) {
      const events = [t.event(0, { subject: 'ü', count: 7 }), t.event(1, { data: Uint8Array.of(0, 255) })]
      same(await carried(t, events, { mode: 'structured' }), events)
    },
  },
]

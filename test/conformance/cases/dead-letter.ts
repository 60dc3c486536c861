import { TerminalError } from '../../../adapters/core/errors.ts'
import { createEvent } from '../../../adapters/core/event.ts'
import { headerOf, toBytes } from '../../../adapters/core/message.ts'
import { all, always, atLeastOnce, type Case, declares, missingTopic, ordered } from '../case.ts'
import { equal, fail, ok, show } from '../check.ts'
import { refusing } from '../interpose.ts'
import type { Trial } from '../trial.ts'
import { numbers, sorted } from './calls.ts'

const boom = () => Promise.reject(new Error('boom'))

/** A broker on which dead letters are refused until `mend` is called. */
async function withoutDeadLetters(t: Trial, topic: string) {
  let down = true
  let refusals = 0
  const broker = await t.open((driver) =>
    refusing(driver, (_, to) => {
      if (!down || to !== topic) return undefined
      refusals++
      return { error: new Error('the dead-letter topic is down'), retryable: false }
    }),
  )
  const mend = () => {
    down = false
  }
  return { broker, refusals: () => refusals, mend }
}

/** What every reader refuses: a declared event that is none, or, where nothing can be declared, one without an id. */
function undecodable({ capabilities }: Trial) {
  if (capabilities.headers) {
    const headers = { 'content-type': 'application/cloudevents+json' }
    return { body: Uint8Array.of(0xff, 0x00, 0x7b, 0xfe), headers }
  }
  return { body: toBytes('{"specversion":"1.0","id":"","source":"/","type":"t"}'), headers: {} }
}

export const deadLetter: readonly Case[] = [
  {
    name: 'an event that exhausts its attempts is dead-lettered exactly once and then settled',
    checks: [39],
    needs: always,
    async run(t) {
      const [source, dlq] = [t.source(await t.topic()), t.source(await t.topic())]
      const letters = await t.read(dlq)
      const reader = await t.read(source, ({ id }) => (id === '0' ? boom() : undefined), {
        policy: { maxAttempts: 3, deadLetter: dlq.topic },
      })
      await t.broker.publish(source.topic, t.events(2), { key: 'k' })
      await letters.gets([t.event(0)])
      await reader.gets([t.event(1)])
      await t.quiet()
      equal(sorted(reader.calls), [0, 0, 0, 1], 'the calls')
      equal(numbers(letters.calls), [0], 'the dead letters')
      await reader.close()
      if (t.capabilities.delivery === 'at-most-once') return
      const next = await t.read(source)
      await t.broker.publish(source.topic, t.event(2), { key: 'k' })
      await next.gets([t.event(2)])
      await t.quiet()
      equal(numbers(next.calls), [2], 'the calls of the next reader')
    },
  },
  {
    name: 'a dead letter has the data, headers and key of the original, and says why, whence, when and after how many attempts',
    checks: [39],
    needs: always,
    async run(t) {
      const [source, dlq] = [t.source(await t.topic()), t.source(await t.topic())]
      const letters = await t.read(dlq)
      await t.read(source, boom, { policy: { maxAttempts: 2, deadLetter: dlq.topic } })
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
      const event = t.event(0, {
        data: bytes,
        datacontenttype: 'application/octet-stream',
        subject: 'ü',
        note: 'kept',
      })
      await t.broker.publish(source.topic, event, { key: 'a key' })
      const [call] = await letters.gets([event])
      const letter = call?.event ?? fail('missing')
      for (const name of ['id', 'source', 'type', 'time', 'subject', 'note', 'datacontenttype', 'data']) {
        equal(letter[name], event[name], name)
      }
      equal(letter.dlqreason, 'boom', 'dlqreason')
      equal(letter.dlqtopic, source.topic, 'dlqtopic')
      equal(String(letter.dlqattempts), '2', 'dlqattempts')
      const age = Date.now() - Date.parse(String(letter.dlqtime))
      ok(Math.abs(age) < 60_000, `dlqtime is ${show(letter.dlqtime)}`)
      if (t.capabilities.ordering === 'lane') equal(call?.delivery.message.key, 'a key', 'the key')
    },
  },
  {
    name: 'a terminal error dead-letters after one attempt',
    checks: [39],
    needs: always,
    async run(t) {
      const [source, dlq] = [t.source(await t.topic()), t.source(await t.topic())]
      const letters = await t.read(dlq)
      const refuse = () => {
        throw new TerminalError('no such customer')
      }
      const reader = await t.read(source, refuse, { policy: { deadLetter: dlq.topic } })
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      const [call] = await letters.gets([t.event(0)])
      equal(call?.event.dlqreason, 'no such customer', 'dlqreason')
      equal(String(call?.event.dlqattempts), '1', 'dlqattempts')
      equal(reader.calls.length, 1, 'calls of the handler')
    },
  },
  {
    name: 'a message that cannot be decoded is dead-lettered with its bytes, its handler is not called, and what follows is handled',
    checks: [39],
    needs: always,
    async run(t) {
      const [source, dlq] = [t.source(await t.topic()), t.source(await t.topic())]
      const letters = await t.receive(dlq)
      const reader = await t.read(source, undefined, { policy: { deadLetter: dlq.topic } })
      const { body, headers } = undecodable(t)
      await t.broker.send(source.topic, [{ body, headers, key: 'k' }])
      await t.broker.publish(source.topic, t.event(1), { key: 'k' })
      await reader.gets([t.event(1)])
      await t.until('the dead letter', () => letters.deliveries.length > 0)
      equal(numbers(reader.calls), [1], 'the calls')
      const letter = letters.deliveries[0]?.message ?? fail('missing')
      if (t.capabilities.headers) {
        equal(letter.body, body, 'the body')
        const named = Object.keys(letter.headers).filter((name) => /dlqreason$/i.test(name))
        ok(
          headerOf(letter.headers, named[0]?.toLowerCase() ?? ''),
          `no header tells the reason: ${show(letter.headers)}`,
        )
      } else {
        const event = t.broker.binding.decode(letter)
        equal(event.data, body, 'the data')
        ok(event.dlqreason, 'no attribute tells the reason')
      }
    },
  },
  {
    name: 'while the dead-letter topic is down nothing is lost and the handler does not run again',
    checks: [39],
    needs: ordered,
    async run(t) {
      const [source, dlq] = [t.source(await t.topic()), t.source(await t.topic())]
      const letters = await t.read(dlq)
      const { broker, refusals, mend } = await withoutDeadLetters(t, dlq.topic)
      const reader = await t.read(source, ({ id }) => (id === '0' ? boom() : undefined), {
        broker,
        policy: { maxAttempts: 2, deadLetter: dlq.topic },
      })
      await t.broker.publish(source.topic, t.events(2), { key: 'k' })
      await t.until('five dead letters to be refused', () => refusals() >= 5)
      equal(numbers(reader.calls), [0, 0], 'the calls while the topic is down')
      mend()
      await letters.gets([t.event(0)])
      await reader.gets([t.event(1)])
      await t.quiet()
      equal(numbers(reader.calls), [0, 0, 1], 'the calls')
      equal(numbers(letters.calls), [0], 'the dead letters')
    },
  },
  {
    name: 'a reader that closes while the dead-letter topic is down leaves the event to the next',
    checks: [39],
    needs: atLeastOnce,
    async run(t) {
      const [source, dlq] = [t.source(await t.topic()), t.source(await t.topic())]
      const { broker, refusals } = await withoutDeadLetters(t, dlq.topic)
      const reader = await t.read(source, boom, { broker, policy: { maxAttempts: 1, deadLetter: dlq.topic } })
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await t.until('a dead letter to be refused', () => refusals() >= 1)
      await reader.close()
      const next = await t.read(source)
      await next.gets([t.event(0)])
    },
  },
  {
    name: 'a dead-letter topic that does not exist does not cost the event',
    checks: [39],
    needs: all(atLeastOnce, missingTopic),
    async run(t) {
      const source = t.source(await t.topic())
      let failures = 0
      const reader = await t.read(source, boom, {
        policy: { maxAttempts: 1, deadLetter: t.harness.missingTopic?.() },
        observe({ kind }) {
          if (kind === 'dead-letter-failed') failures++
        },
      })
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await t.until('the dead letter to fail', () => failures >= 2)
      equal(reader.calls.length, 1, 'calls of the handler')
      await reader.close()
      const next = await t.read(source)
      await next.gets([t.event(0)])
    },
  },
  {
    name: 'an event that is too old when it comes is dead-lettered without an attempt',
    checks: [40],
    needs: declares('earliest'),
    async run(t) {
      const [source, dlq] = [t.source(await t.topic()), t.source(await t.topic())]
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await t.pause(60)
      const letters = await t.read(dlq)
      const reader = await t.read(source, undefined, { policy: { maxAgeMs: 50, deadLetter: dlq.topic } })
      await t.until('the event', () => letters.handled.length + reader.handled.length > 0)
      const [call] = reader.calls
      // Without the time of storing nobody knows an event's age.
      if (call !== undefined) equal(call.delivery.time, undefined, 'the time of an event that was handled')
      else equal(String(letters.calls[0]?.event.dlqattempts), '0', 'dlqattempts')
    },
  },
  {
    name: 'an event whose results the sink refuses is not settled, and is attempted again',
    checks: [39],
    needs: always,
    async run(t) {
      const [source, sink] = [t.source(await t.topic()), t.source(await t.topic())]
      const results = await t.read(sink)
      let refusals = 2
      const broker = await t.open((driver) =>
        refusing(driver, (_, to) =>
          to === sink.topic && refusals-- > 0
            ? { error: new Error('sink down'), retryable: false }
            : undefined,
        ),
      )
      const made = createEvent({ type: 'made', source: '/made', id: '100' })
      const reader = await t.read(source, () => made, { broker, sink: { topic: sink.topic } })
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await results.gets([made])
      await t.until('the attempts', () => reader.calls.length === 3)
      await t.quiet()
      equal(
        reader.calls.map(({ attempt }) => attempt),
        [1, 2, 3],
        'attempts',
      )
    },
  },
]

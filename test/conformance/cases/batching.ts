import { codeOf } from '../../../adapters/core/errors.ts'
import { sizeOf } from '../../../adapters/core/message.ts'
import { always, type Case } from '../case.ts'
import { equal, failuresOf, ok, show } from '../check.ts'
import { refusing, watchingSends } from '../interpose.ts'
import { distinct } from './calls.ts'

const mebibyte = 1_048_576

export const batching: readonly Case[] = [
  {
    name: 'many batches that are published at once all arrive',
    checks: [51],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const batches = Array.from({ length: 10 }, (_, index) => t.events(20, index * 20))
      const receipts = await Promise.all(batches.map((events) => t.broker.publish(source.topic, events)))
      ok(
        receipts.every((list) => list.length === 20),
        'a batch has another number of receipts than of events',
      )
      await reader.gets(batches.flat())
    },
  },
  {
    name: 'events with the same body are all delivered',
    checks: [52],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const events = Array.from({ length: 50 }, (_, n) => t.event(n, { data: 'the same' }))
      await t.broker.publish(source.topic, events)
      await reader.gets(events)
    },
  },
  {
    name: 'publishing nothing is no error and sends nothing',
    checks: [51],
    needs: always,
    async run(t) {
      const topic = await t.topic()
      let sends = 0
      const broker = await t.open((driver) => watchingSends(driver, () => sends++))
      equal(await broker.publish(topic, []), [], 'receipts')
      equal(sends, 0, 'calls of send')
    },
  },
  {
    name: 'a publish of more records than the broker takes at once is split, and all arrive',
    checks: [52, 53],
    needs: ({ maxBatch }) => maxBatch.records <= 5_000 || 'the limit is beyond 5 000 records',
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const { records } = t.capabilities.maxBatch
      const sizes: number[] = []
      const broker = await t.open((driver) =>
        watchingSends(driver, (_, messages) => sizes.push(messages.length)),
      )
      const events = t.events(records + 1)
      await broker.publish(source.topic, events)
      equal(
        sizes.reduce((sum, size) => sum + size, 0),
        records + 1,
        'records sent',
      )
      ok(
        sizes.every((size) => size <= records),
        `a call had more than ${records} records: ${show(sizes)}`,
      )
      await reader.gets(events)
    },
  },
  {
    name: 'a publish of more bytes than the broker takes at once is split, and all arrive',
    checks: [52, 53],
    needs: ({ maxBatch, maxMessageBytes }) =>
      maxBatch.bytes <= 32 * mebibyte || maxMessageBytes < 1 || 'the limit is beyond 32 MiB',
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const { maxBatch, maxMessageBytes } = t.capabilities
      const length = Math.floor(Math.min(maxMessageBytes, maxBatch.bytes, mebibyte) * 0.9)
      const data = 'x'.repeat(length)
      const events = Array.from({ length: Math.floor(maxBatch.bytes / length) + 1 }, (_, n) =>
        t.event(n, { data, datacontenttype: 'text/plain' }),
      )
      const sizes: number[] = []
      const broker = await t.open((driver) =>
        watchingSends(driver, (_, messages) => {
          sizes.push(messages.reduce((sum, message) => sum + sizeOf(message), 0))
        }),
      )
      await broker.publish(source.topic, events, { mode: t.capabilities.headers ? 'binary' : 'auto' })
      ok(
        sizes.every((size) => size <= maxBatch.bytes),
        `a call had more than ${maxBatch.bytes} bytes: ${show(sizes)}`,
      )
      await reader.gets(events)
    },
  },
  {
    name: 'an event that is too large is refused with ERR_TOO_LARGE at its index, and the others arrive',
    checks: [53],
    needs: ({ maxMessageBytes }) => maxMessageBytes <= 32 * mebibyte || 'the limit is beyond 32 MiB',
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const large = t.event(1, { data: new Uint8Array(t.capabilities.maxMessageBytes + 1) })
      const work = t.broker.publish(source.topic, [t.event(0), large, t.event(2)])
      const failures = await failuresOf(work, 'an event that is too large')
      equal(
        failures.map(({ index, error }) => [index, codeOf(error)]),
        [[1, 'ERR_TOO_LARGE']],
        'the failures',
      )
      await reader.gets([t.event(0), t.event(2)])
      await t.quiet()
      ok(!distinct(reader.calls).includes(1), 'the event that was refused arrived')
    },
  },
  {
    name: 'what the driver reports as accepted arrives, what it reports as refused does not',
    checks: [53],
    needs: ({ maxMessageBytes }) => maxMessageBytes <= 32 * mebibyte || 'the limit is beyond 32 MiB',
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const { binding, capabilities } = t.broker
      // Most brokers refuse the third.
      const data = new Uint8Array(2 * capabilities.maxMessageBytes)
      const events = [0, 1, 2, 3].map((n) => (n === 2 ? t.event(n, { data }) : t.event(n)))
      const messages = events.map((event) => binding.encode(event))
      const results = await t.driver.send(source.topic, messages).catch((error: unknown) => {
        return messages.map(() => ({ error, retryable: false }))
      })
      equal(results.length, messages.length, 'results')
      const isAccepted = ({ id }: { readonly id: string }) => !('error' in (results[Number(id)] ?? {}))
      await reader.gets(events.filter(isAccepted))
      await t.quiet()
      const wrong = distinct(reader.calls).filter((n) => !isAccepted({ id: String(n) }))
      equal(wrong, [], 'events that arrived though they were reported as refused')
    },
  },
  {
    name: 'a publish of which the broker refuses a part names the failed indexes, and the others arrive',
    checks: [53],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const reason = new Error('refused')
      const refused = ['3', '7']
      const broker = await t.open((driver) =>
        refusing(driver, (message) =>
          refused.includes(t.broker.binding.decode(message).id)
            ? { error: reason, retryable: false }
            : undefined,
        ),
      )
      const events = t.events(10)
      const failures = await failuresOf(broker.publish(source.topic, events), 'a publish that fails in part')
      equal(
        failures.map(({ index, error }) => [index, error === reason]),
        [
          [3, true],
          [7, true],
        ],
        'the failures',
      )
      await reader.gets(events.filter(({ id }) => !refused.includes(id)))
      await t.quiet()
      ok(
        !distinct(reader.calls).some((n) => refused.includes(String(n))),
        'an event that was refused arrived',
      )
    },
  },
  {
    name: 'only the records that failed are sent again',
    checks: [53],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const sends: number[] = []
      let refusals = 2
      const broker = await t.open((driver) => {
        const busy = refusing(driver, (message) =>
          t.broker.binding.decode(message).id === '4' && refusals-- > 0
            ? { error: new Error('busy'), retryable: true }
            : undefined,
        )
        return watchingSends(busy, (_, messages) => sends.push(messages.length))
      })
      await broker.publish(source.topic, t.events(10))
      equal(sends, [10, 1, 1], 'records of each call')
      await reader.gets(t.events(10))
    },
  },
]

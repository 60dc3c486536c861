import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Receipt } from '../../adapters/core/broker.ts'
import type { Capabilities, SendResult } from '../../adapters/core/driver.ts'
import type { PublishError } from '../../adapters/core/errors.ts'
import { type Message, sizeOf } from '../../adapters/core/message.ts'
import { Publisher } from '../../adapters/core/publisher.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { rejectionOf } from './events.ts'
import { fakeDriver } from './fake-driver.ts'

const retry = { maxAttempts: 4, backoff: { initialMs: 100, maxMs: 1_000, factor: 2 } }

function message(text: string, key?: string): Message {
  return { body: new TextEncoder().encode(text), headers: {}, key }
}

function textsOf(messages: readonly Message[]): string[] {
  return messages.map(({ body }) => new TextDecoder().decode(body ?? undefined))
}

function publisherOver(changes: Partial<Capabilities> = {}) {
  const driver = fakeDriver(changes)
  const clock = manualClock()
  const abort = new AbortController()
  let emptied = 0
  const publisher = new Publisher('topic', {
    name: 'fake',
    driver,
    clock,
    random: () => 1,
    retry,
    abort: abort.signal,
    onIdle: () => emptied++,
  })
  return { publisher, driver, clock, abort, emptied: () => emptied }
}

const failed = (error: string, retryable: boolean): SendResult => ({ error: new Error(error), retryable })

describe('calls of one tick', () => {
  it('go out together, in order, and each gets its own receipts', async () => {
    const { publisher, driver } = publisherOver()
    const sent = [[message('a'), message('b')], [message('c')], [message('d')]].map((each) =>
      publisher.send(each),
    )
    await idle()
    expect(driver.calls.map(({ messages }) => textsOf(messages))).toEqual([['a', 'b', 'c', 'd']])
    driver.calls[0]?.answer()
    expect(await Promise.all(sent)).toEqual([
      [{ position: '0' }, { position: '1' }],
      [{ position: '2' }],
      [{ position: '3' }],
    ])
  })

  it('wait for the batch that is on its way, then go out together', async () => {
    const { publisher, driver } = publisherOver()
    const first = publisher.send([message('a')])
    await idle()
    const later = ['b', 'c'].map((text) => publisher.send([message(text)]))
    await idle()
    expect(driver.calls).toHaveLength(1)
    driver.answerAll()
    await Promise.all([first, ...later])
    expect(driver.calls.map(({ messages }) => textsOf(messages))).toEqual([['a'], ['b', 'c']])
  })

  it('are told of failures by their own indexes', async () => {
    const { publisher, driver } = publisherOver()
    const sent = [[message('a'), message('b')], [message('c'), message('d')], [message('e')]].map((each) =>
      publisher.send(each),
    )
    const outcomes = Promise.allSettled(sent)
    await idle()
    const ok = { position: '1' }
    driver.calls[0]?.answer([ok, failed('full', false), failed('gone', false), ok, ok])
    const [first, second, third] = await outcomes
    expect(first).toMatchObject({
      status: 'rejected',
      reason: { failures: [{ index: 1, error: { message: 'full' } }] },
    })
    expect(second).toMatchObject({
      status: 'rejected',
      reason: { failures: [{ index: 0, error: { message: 'gone' } }] },
    })
    expect(third).toEqual({ status: 'fulfilled', value: [ok] })
  })

  it('say how many failed, which and why', async () => {
    const { publisher, driver } = publisherOver()
    driver.answerAll((messages) => messages.map(() => failed('full', false)))
    const twelve = Array.from({ length: 12 }, () => message('a'))
    expect(await rejectionOf(publisher.send(twelve))).toMatchObject({
      name: 'PublishError',
      code: 'ERR_PUBLISH',
      adapter: 'fake',
      message: '[fake] 12 of 12 records for "topic" failed (index 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …): full',
      cause: { message: 'full' },
    })
  })

  it('send nothing where there is nothing to send', async () => {
    const { publisher, driver } = publisherOver()
    expect(await publisher.send([])).toEqual([])
    await publisher.idle()
    expect(driver.calls).toHaveLength(0)
  })
})

describe('a batch', () => {
  it('is split at the number of records', async () => {
    const { publisher, driver } = publisherOver({ maxBatch: { records: 2, bytes: 1_000 } })
    driver.answerAll()
    await publisher.send(['a', 'b', 'c', 'd', 'e'].map((text) => message(text)))
    expect(driver.calls.map(({ messages }) => textsOf(messages))).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  })

  it('is split at the number of bytes, and holds at least one record', async () => {
    const { publisher, driver } = publisherOver({ maxBatch: { records: 100, bytes: 10 } })
    driver.answerAll()
    await publisher.send(['aaaa', 'bbbbbb', 'c', 'd'.repeat(30), 'e'].map((text) => message(text)))
    expect(driver.calls.map(({ messages }) => messages.map(sizeOf))).toEqual([[4, 6], [1], [30], [1]])
  })

  it('never passes a limit, loses nothing and keeps the order, whatever is sent when', async () => {
    const arbCall = fc.array(fc.string({ maxLength: 12 }), { maxLength: 8 })
    const arbLimits = fc.record({
      records: fc.integer({ min: 1, max: 5 }),
      bytes: fc.integer({ min: 1, max: 40 }),
    })
    await fc.assert(
      fc.asyncProperty(
        arbLimits,
        fc.array(fc.tuple(arbCall, fc.boolean()), { maxLength: 8 }),
        async (maxBatch, calls) => {
          const { publisher, driver } = publisherOver({ maxBatch })
          driver.answerAll()
          const sent: Promise<readonly Receipt[]>[] = []
          for (const [texts, wait] of calls) {
            sent.push(publisher.send(texts.map((text) => message(text, text.slice(0, 1)))))
            if (wait) await idle()
          }
          const receipts = await Promise.all(sent)
          expect(receipts.map(({ length }) => length)).toEqual(calls.map(([texts]) => texts.length))
          expect(driver.calls.flatMap(({ messages }) => textsOf(messages))).toEqual(
            calls.flatMap(([texts]) => texts),
          )
          for (const { messages } of driver.calls) {
            expect(messages.length).toBeLessThanOrEqual(maxBatch.records)
            const size = messages.reduce((sum, each) => sum + sizeOf(each), 0)
            expect(messages.length === 1 || size <= maxBatch.bytes).toBe(true)
          }
        },
      ),
    )
  })
})

describe('a record that is too large', () => {
  it('is never sent, and fails alone', async () => {
    const { publisher, driver } = publisherOver({ maxMessageBytes: 4 })
    driver.answerAll()
    const error = await rejectionOf(publisher.send([message('ok'), message('ü!!!', 'k'), message('fine')]))
    expect(error).toMatchObject({
      message: expect.stringContaining(
        '1 of 3 records for "topic" failed (index 1): the message has 6 bytes, the limit is 4',
      ),
      failures: [{ index: 1, error: { code: 'ERR_TOO_LARGE' } }],
    })
    expect(driver.calls.flatMap(({ messages }) => textsOf(messages))).toEqual(['ok', 'fine'])
  })

  it('counts its UTF-8 bytes, so that the limit itself still fits', async () => {
    const { publisher, driver } = publisherOver({ maxMessageBytes: 6 })
    driver.answerAll()
    await publisher.send([{ body: new Uint8Array(1), headers: { ü: 'é' }, key: 'k' }])
    expect(driver.calls).toHaveLength(1)
  })

  it('leaves nothing waiting where every record is', async () => {
    const { publisher, driver, emptied } = publisherOver({ maxMessageBytes: 1 })
    await rejectionOf(publisher.send([message('too'), message('large')]))
    await publisher.idle()
    expect([driver.calls.length, emptied()]).toEqual([0, 1])
  })
})

describe('when a publisher has nothing left to send', () => {
  it('says so, once for each time', async () => {
    const { publisher, driver, emptied } = publisherOver()
    driver.answerAll()
    await Promise.all([publisher.send([message('a')]), publisher.send([message('b')])])
    await publisher.idle()
    expect(emptied()).toBe(1)
    await publisher.send([message('c')])
    await publisher.idle()
    expect(emptied()).toBe(2)
  })
})

function failuresOf(error: unknown): PublishError['failures'] {
  return Reflect.get(Object(error), 'failures')
}

describe('a driver that', () => {
  it('rejects fails every record of the call, and no other call', async () => {
    const { publisher, driver } = publisherOver({ maxBatch: { records: 2, bytes: 1_000 } })
    const sending = rejectionOf(publisher.send(['a', 'b', 'c'].map((text) => message(text))))
    await idle()
    driver.calls[0]?.refuse(new Error('no connection'))
    await idle()
    driver.calls[1]?.answer()
    expect(failuresOf(await sending).map(({ index }) => index)).toEqual([0, 1])
  })

  it('throws at once is no different', async () => {
    const { publisher } = publisherOver()
    const driver = fakeDriver()
    const broken = new Publisher('topic', {
      name: 'fake',
      driver: {
        ...driver,
        send() {
          throw new Error('at once')
        },
      },
      clock: manualClock(),
      random: Math.random,
      retry,
      abort: new AbortController().signal,
      onIdle() {},
    })
    expect(await rejectionOf(broken.send([message('a')]))).toMatchObject({ cause: { message: 'at once' } })
    expect(await publisher.send([])).toEqual([])
  })

  it('gives too few results fails the records without one', async () => {
    const { publisher, driver } = publisherOver()
    driver.answerAll(() => [{ position: '0' }])
    expect(await rejectionOf(publisher.send([message('a'), message('b')]))).toMatchObject({
      failures: [
        {
          index: 1,
          error: { code: 'ERR_PUBLISH', message: expect.stringContaining('the driver gave no result') },
        },
      ],
    })
  })

  it('gives no results at all fails every record', async () => {
    const { publisher, driver } = publisherOver()
    driver.answerAll(() => JSON.parse('null'))
    expect(await rejectionOf(publisher.send([message('a')]))).toMatchObject({ code: 'ERR_PUBLISH' })
    driver.answerAll()
    expect(await publisher.send([message('b')])).toEqual([{ position: '0' }])
  })

  it('gives too many results changes nothing', async () => {
    const { publisher, driver } = publisherOver()
    driver.answerAll(() => [{ position: '0' }, { position: '1' }, failed('x', false)])
    expect(await publisher.send([message('a')])).toEqual([{ position: '0' }])
  })
})

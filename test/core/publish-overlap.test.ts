import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Capabilities, SendResult } from '../../adapters/core/driver.ts'
import type { Message } from '../../adapters/core/message.ts'
import { Publisher } from '../../adapters/core/publisher.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { rejectionOf } from './events.ts'
import { fakeDriver } from './fake-driver.ts'

const retry = { maxAttempts: 4, backoff: { initialMs: 100, maxMs: 1_000, factor: 2 } }
const ok: SendResult = {}
const busy: SendResult = { error: new Error('busy'), retryable: true }
const wrong: SendResult = { error: new Error('wrong'), retryable: false }

function message(text: string, key?: string): Message {
  return { body: new TextEncoder().encode(text), headers: {}, key }
}

function textOf({ body }: Message): string {
  return new TextDecoder().decode(body ?? undefined)
}

function setUp(changes: Partial<Capabilities> = {}) {
  const driver = fakeDriver({ maxBatchesInFlight: 3, ...changes })
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
  const sent = () => driver.calls.map(({ messages }) => messages.map(textOf))
  return { publisher, driver, clock, abort, sent, emptied: () => emptied }
}

/** Messages of these keys, each named by its key and its number. */
function numbered(keys: string, from = 0): Message[] {
  return [...keys].map((key, index) => message(`${key}${from + index}`, key))
}

describe('where a driver takes several batches at once', () => {
  it('a later call does not wait for an earlier one, up to their number', async () => {
    const { publisher, driver, sent } = setUp()
    const calls = [publisher.send([message('a')])]
    for (const text of ['b', 'c', 'd', 'e']) {
      await idle()
      calls.push(publisher.send([message(text)]))
    }
    await idle()
    expect(sent()).toEqual([['a'], ['b'], ['c']])
    driver.calls[1]?.answer()
    await idle()
    expect(sent()).toEqual([['a'], ['b'], ['c'], ['d', 'e']])
    driver.answerAll()
    await Promise.all(calls)
    await publisher.idle()
  })

  it('what waits is divided among them', async () => {
    const { publisher, driver, emptied } = setUp()
    driver.answerAll()
    const sizes = () => driver.calls.map(({ messages }) => messages.length)
    await publisher.send(Array.from({ length: 90 }, (_, n) => message(String(n), String(n))))
    expect(sizes()).toEqual([30, 30, 30])
    await publisher.idle()
    await publisher.send(Array.from({ length: 10 }, (_, n) => message(String(n), String(n))))
    expect(sizes()).toEqual([30, 30, 30, 10])
    await publisher.idle()
    expect(emptied()).toBe(2)
  })

  it('records of one key stay in one batch, as far as its limits let them', async () => {
    const { publisher, driver } = setUp({ maxBatch: { records: 50, bytes: 1_000_000 } })
    const sending = publisher.send(Array.from({ length: 90 }, (_, n) => message(String(n), 'k')))
    await idle()
    expect(driver.calls.map(({ messages }) => messages.length)).toEqual([50])
    driver.answerAll()
    await sending
    expect(driver.calls.map(({ messages }) => messages.length)).toEqual([50, 40])
  })

  it('a record waits for the batch that has its key, and others pass it', async () => {
    const { publisher, driver, sent } = setUp()
    const first = publisher.send(numbered('ab'))
    await idle()
    const second = publisher.send(numbered('caba', 2))
    await idle()
    expect(sent()).toEqual([['a0', 'b1'], ['c2']])
    driver.calls[0]?.answer()
    await first
    await idle()
    expect(sent()).toEqual([['a0', 'b1'], ['c2'], ['a3', 'a5', 'b4']])
    driver.answerAll()
    await second
    await publisher.idle()
  })

  it('a record that is sent again is not overtaken by the later ones of its key', async () => {
    const { publisher, driver, clock, sent } = setUp()
    const calls = [publisher.send(numbered('ab'))]
    await idle()
    driver.calls[0]?.answer([busy, ok])
    await idle()
    calls.push(publisher.send(numbered('ac', 2)))
    await idle()
    expect([sent(), clock.waits]).toEqual([[['a0', 'b1'], ['c3']], [100]])
    await clock.advance(100)
    driver.answerAll()
    await Promise.all(calls)
    expect(sent()).toEqual([['a0', 'b1'], ['c3'], ['a0'], ['a2']])
  })

  it('a later record of a key whose earlier one failed in the same call is not sent', async () => {
    const { publisher, driver, sent, emptied } = setUp({ maxBatch: { records: 1, bytes: 1_000 } })
    const failing = rejectionOf(publisher.send(numbered('aba')))
    await idle()
    driver.calls[0]?.answer([wrong])
    driver.calls[1]?.answer()
    expect(await failing).toMatchObject({ failures: [{ index: 0 }, { index: 2 }] })
    await publisher.idle()
    expect([sent(), emptied()]).toEqual([[['a0'], ['b1']], 1])
    const again = publisher.send(numbered('a'))
    driver.answerAll()
    expect(await again).toHaveLength(1)
  })

  it('closing fails what is on its way and what waits behind it', async () => {
    const { publisher, driver, abort } = setUp({ maxBatch: { records: 1, bytes: 1_000 } })
    const failing = rejectionOf(publisher.send(numbered('aab')))
    await idle()
    abort.abort()
    driver.calls[0]?.answer([busy])
    driver.calls[1]?.answer([busy])
    expect(await failing).toMatchObject({
      failures: [{ error: { code: 'ERR_CLOSED' } }, {}, { error: { code: 'ERR_CLOSED' } }],
    })
    await publisher.idle()
  })
})

describe('whatever the broker answers, and in whatever order', () => {
  it('no key is in two batches at once, its accepted records are in order, and each is settled once', async () => {
    const arbCalls = fc.array(fc.string({ unit: fc.constantFrom('x', 'y', 'z', '-'), maxLength: 6 }), {
      maxLength: 12,
    })
    const arbResult = fc.constantFrom<'ok' | 'busy' | 'wrong'>('ok', 'ok', 'ok', 'busy', 'wrong')
    const arbLimits = fc.record({
      records: fc.integer({ min: 1, max: 5 }),
      inFlight: fc.integer({ min: 1, max: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(
        arbLimits,
        arbCalls,
        fc.array(arbResult, { maxLength: 80 }),
        fc.infiniteStream(fc.nat(3)),
        async ({ records, inFlight }, calls, script, turns) => {
          const answers = [...script]
          const { publisher, driver, clock } = setUp({
            maxBatch: { records, bytes: 1_000_000 },
            maxBatchesInFlight: inFlight,
          })
          const accepted: string[] = []
          const answered = new Set<number>()
          const open = () => driver.calls.flatMap((call, at) => (answered.has(at) ? [] : [{ call, at }]))

          /** Answers one of the batches that are on their way. */
          function answerOne(): void {
            const waiting = open()
            const keys = waiting.map(({ call }) => new Set(call.messages.flatMap(({ key }) => key ?? [])))
            const all = keys.flatMap((each) => [...each])
            expect(all).toHaveLength(new Set(all).size)
            expect(waiting.length).toBeLessThanOrEqual(inFlight)
            const next = waiting[(turns.next().value ?? 0) % waiting.length]
            if (next === undefined) return
            answered.add(next.at)
            const heldBack = new Set<string | undefined>()
            next.call.answer(
              next.call.messages.map((each) => {
                expect(accepted).not.toContain(textOf(each))
                const isHeld = each.key !== undefined && heldBack.has(each.key)
                const answer = isHeld ? 'busy' : (answers.shift() ?? 'ok')
                if (answer === 'ok') accepted.push(textOf(each))
                if (answer === 'busy') heldBack.add(each.key)
                return { ok, busy, wrong }[answer]
              }),
            )
          }

          let n = 0
          const sending: Promise<unknown>[] = []
          for (const keys of calls) {
            const messages = [...keys].map((key) =>
              message(`${key}${String(n++).padStart(3, '0')}`, key === '-' ? undefined : key),
            )
            sending.push(publisher.send(messages))
            if ((turns.next().value ?? 0) === 0) {
              await idle()
              answerOne()
            }
          }
          const outcomes = Promise.allSettled(sending)
          let isDone = false
          void outcomes.then(() => {
            isDone = true
          })
          for (let round = 0; !isDone && round < 2_000; round++) {
            await idle()
            answerOne()
            await clock.advance(1_000)
          }
          const failures = (await outcomes).flatMap((each) =>
            each.status === 'rejected' ? each.reason.failures : [],
          )
          expect(failures.length + accepted.length).toBe(n)
          for (const key of ['x', 'y', 'z']) {
            const ofKey = accepted.filter((text) => text.startsWith(key))
            expect(ofKey).toEqual([...ofKey].sort())
          }
          await publisher.idle()
        },
      ),
      { numRuns: 50 },
    )
  }, 60_000)

  it('takes time in proportion to what is sent, also where one key has nearly all', async () => {
    async function send(count: number): Promise<number> {
      const { publisher, driver } = setUp({ maxBatch: { records: 10, bytes: 1_000_000 } })
      driver.answerAll()
      const messages = Array.from({ length: count }, (_, n) => message('', n % 50 === 0 ? String(n) : 'hot'))
      const start = performance.now()
      await publisher.send(messages)
      return performance.now() - start
    }
    await send(5_000)
    const small = await send(5_000)
    expect(await send(50_000)).toBeLessThan(Math.max(small, 20) * 40)
  }, 60_000)
})

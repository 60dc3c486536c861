import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { SendResult } from '../../adapters/core/driver.ts'
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

function setUp() {
  const driver = fakeDriver()
  const clock = manualClock()
  const abort = new AbortController()
  const onIdle = () => {}
  const random = () => 1
  const publisher = new Publisher('topic', {
    name: 'fake',
    driver,
    clock,
    random,
    retry,
    abort: abort.signal,
    onIdle,
  })
  const sent = () => driver.calls.map(({ messages }) => messages.map(textOf))
  return { publisher, driver, clock, abort, sent }
}

describe('a record that was held back behind another', () => {
  const heldBack: SendResult = { ...busy, tried: false }

  it('has used up no attempt: a key goes on as long as its head does', async () => {
    const { publisher, driver, clock } = setUp()
    const tried = new Map<string, number>()
    driver.answerAll((messages) => {
      let isOpen = true
      return messages.map((sent) => {
        if (!isOpen) return heldBack
        const times = (tried.get(textOf(sent)) ?? 0) + 1
        tried.set(textOf(sent), times)
        isOpen = times > 1
        return isOpen ? ok : busy
      })
    })
    const done = publisher.send(Array.from({ length: 20 }, (_, i) => message(String(i), 'k')))
    await clock.advance(60_000)
    expect(await done).toHaveLength(20)
    expect(clock.waits.every((ms) => ms === 100)).toBe(true)
  })

  it('fails in the end where the driver tries nothing at all', async () => {
    const { publisher, driver, clock } = setUp()
    driver.answerAll((messages) => messages.map(() => heldBack))
    const failed = rejectionOf(publisher.send([message('a', 'k')]))
    await clock.advance(60_000)
    expect(await failed).toMatchObject({ code: 'ERR_PUBLISH' })
    expect(driver.calls).toHaveLength(retry.maxAttempts)
  })
})

describe('a record that the broker refuses for the moment', () => {
  it('waits as long as the server asks, if that is longer than the backoff', async () => {
    const { publisher, driver, clock } = setUp()
    const done = publisher.send([message('a'), message('b')])
    await idle()
    driver.calls[0]?.answer([
      { ...busy, retryAfterMs: 7_000 },
      { ...busy, retryAfterMs: 1 },
    ])
    await idle()
    expect(clock.waits).toEqual([7_000])
    await clock.advance(7_000)
    driver.calls[1]?.answer()
    expect(await done).toHaveLength(2)
  })

  it('is sent again alone, before any later one, after a growing wait', async () => {
    const { publisher, driver, clock, sent } = setUp()
    const first = publisher.send(['a', 'b', 'c'].map((text) => message(text)))
    await idle()
    const later = publisher.send([message('d')])
    driver.calls[0]?.answer([ok, busy, ok])
    await idle()
    expect([sent(), clock.waits]).toEqual([[['a', 'b', 'c']], [100]])
    await clock.advance(100)
    driver.calls[1]?.answer([busy])
    await idle()
    expect([sent().at(-1), clock.waits]).toEqual([['b'], [200]])
    await clock.advance(200)
    driver.answerAll()
    await Promise.all([first, later])
    expect(sent()).toEqual([['a', 'b', 'c'], ['b'], ['b'], ['d']])
  })

  it('keeps its place before later records of its key that failed with it', async () => {
    const { publisher, driver, clock, sent } = setUp()
    const sending = publisher.send([
      message('a1', 'a'),
      message('b1', 'b'),
      message('a2', 'a'),
      message('a3', 'a'),
    ])
    await idle()
    driver.calls[0]?.answer([busy, ok, busy, busy])
    await clock.advance(100)
    driver.calls[1]?.answer([ok, busy, busy])
    await clock.advance(200)
    driver.answerAll()
    await sending
    expect(sent()).toEqual([
      ['a1', 'b1', 'a2', 'a3'],
      ['a1', 'a2', 'a3'],
      ['a2', 'a3'],
    ])
  })

  it('fails after the last attempt, with what the broker said then', async () => {
    const { publisher, driver, clock, sent } = setUp()
    driver.answerAll((messages) => messages.map(() => busy))
    const failing = rejectionOf(publisher.send([message('a')]))
    await clock.advance(100 + 200 + 400)
    expect(await failing).toMatchObject({ failures: [{ index: 0, error: { message: 'busy' } }] })
    expect([sent().length, clock.waits]).toEqual([4, []])
  })

  it('is not sent again once the broker refuses it for good', async () => {
    const { publisher, driver, clock, sent } = setUp()
    const failing = rejectionOf(publisher.send([message('a'), message('b')]))
    await idle()
    driver.calls[0]?.answer([wrong, busy])
    await clock.advance(100)
    driver.calls[1]?.answer([ok])
    expect(await failing).toMatchObject({ failures: [{ index: 0, error: { message: 'wrong' } }] })
    expect(sent()).toEqual([['a', 'b'], ['b']])
  })
})

describe('the signal of a call', () => {
  it('takes its waiting records back, and no one else’s', async () => {
    const { publisher, driver, sent } = setUp()
    const first = publisher.send([message('a')])
    await idle()
    const controller = new AbortController()
    const mine = rejectionOf(publisher.send([message('b'), message('c')], { signal: controller.signal }))
    const other = publisher.send([message('d')])
    controller.abort()
    driver.answerAll()
    await Promise.all([first, other])
    expect(await mine).toMatchObject({
      failures: [
        { index: 0, error: { code: 'ERR_ABORTED' } },
        { index: 1, error: { code: 'ERR_ABORTED' } },
      ],
    })
    expect(sent()).toEqual([['a'], ['d']])
  })

  it('ends the wait behind a batch that hangs', async () => {
    const { publisher } = setUp()
    void publisher.send([message('a')])
    await idle()
    const controller = new AbortController()
    const sending = rejectionOf(publisher.send([message('b')], { signal: controller.signal }))
    controller.abort()
    expect(await sending).toMatchObject({ failures: [{ error: { code: 'ERR_ABORTED' } }] })
  })

  it('ends the wait for a record that is on its way, whose later result counts for nothing', async () => {
    const { publisher, driver, sent } = setUp()
    const controller = new AbortController()
    const sending = rejectionOf(publisher.send([message('a')], { signal: controller.signal }))
    await idle()
    controller.abort()
    expect(await sending).toMatchObject({ failures: [{ error: { code: 'ERR_ABORTED' } }] })
    driver.calls[0]?.answer([busy])
    await publisher.idle()
    expect(sent()).toEqual([['a']])
  })

  it('takes back only what has no result yet', async () => {
    const { publisher, driver, clock, sent } = setUp()
    const controller = new AbortController()
    const sending = rejectionOf(publisher.send([message('a'), message('b')], { signal: controller.signal }))
    await idle()
    driver.calls[0]?.answer([ok, busy])
    await idle()
    controller.abort()
    expect(await sending).toMatchObject({ failures: [{ index: 1, error: { code: 'ERR_ABORTED' } }] })
    await clock.advance(100)
    expect(sent()).toEqual([['a', 'b']])
  })

  it('does nothing once every record has its result', async () => {
    const { publisher, driver } = setUp()
    driver.answerAll()
    const controller = new AbortController()
    const receipts = await publisher.send([message('a')], { signal: controller.signal })
    controller.abort()
    expect(receipts).toEqual([{ position: '0' }])
    await publisher.idle()
  })
})

describe('the end of the broker', () => {
  it('fails what waits, and lets nothing wait on', async () => {
    const { publisher, driver, clock, abort } = setUp()
    const first = rejectionOf(publisher.send([message('a')]))
    await idle()
    const second = rejectionOf(publisher.send([message('b')]))
    driver.calls[0]?.answer([busy])
    await idle()
    abort.abort()
    await idle()
    driver.calls[1]?.answer([busy])
    for (const error of [await first, await second])
      expect(error).toMatchObject({ failures: [{ error: { code: 'ERR_CLOSED' } }] })
    await publisher.idle()
    expect(clock.waits).toEqual([])
  })

  it('is told to the driver by a signal', async () => {
    const { publisher, driver, abort } = setUp()
    const sending = publisher.send([message('a')])
    await idle()
    abort.abort()
    expect(driver.calls[0]?.signal?.aborted).toBe(true)
    driver.calls[0]?.answer()
    await sending
  })
})

describe('whatever the broker answers', () => {
  it('every record is settled once, accepted records of a key are in order, and none is sent after it was settled', async () => {
    const arbResult = fc.constantFrom<'ok' | 'busy' | 'wrong'>('ok', 'ok', 'busy', 'wrong')
    const arbCalls = fc.array(fc.array(fc.constantFrom('x', 'y', 'z'), { minLength: 1, maxLength: 4 }), {
      maxLength: 6,
    })
    await fc.assert(
      fc.asyncProperty(arbCalls, fc.array(arbResult, { maxLength: 60 }), async (calls, script) => {
        const answers = [...script]
        const { publisher, driver, clock } = setUp()
        const accepted: string[] = []
        const refused = new Set<string>()
        driver.answerAll((messages) => {
          const heldBack = new Set<string | undefined>()
          return messages.map((each) => {
            const text = textOf(each)
            expect(accepted).not.toContain(text)
            expect(refused).not.toContain(text)
            // A driver holds back the later records of a key of which one failed for the moment.
            const answer = heldBack.has(each.key) ? 'busy' : (answers.shift() ?? 'ok')
            if (answer === 'ok') accepted.push(text)
            if (answer === 'wrong') refused.add(text)
            if (answer === 'busy') heldBack.add(each.key)
            return { ok, busy, wrong }[answer]
          })
        })
        let n = 0
        const sending = calls.map((keys) =>
          publisher.send(keys.map((key) => message(`${key}${String(n++).padStart(3, '0')}`, key))),
        )
        const outcomes = Promise.allSettled(sending)
        await clock.advance(60_000)
        const failures = (await outcomes).map((each) =>
          each.status === 'rejected' ? each.reason.failures.length : 0,
        )
        expect(failures.reduce((sum, count) => sum + count, 0)).toBe(n - accepted.length)
        for (const key of ['x', 'y', 'z']) {
          const ofKey = accepted.filter((text) => text.startsWith(key))
          expect(ofKey).toEqual([...ofKey].sort())
        }
        expect(clock.waits).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})

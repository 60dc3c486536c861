import { describe, expect, it } from '@jest/globals'
import { WaybillError } from '../../adapters/core/errors.ts'
import type { Handler } from '../../adapters/core/handler.ts'
import { resolvePolicy } from '../../adapters/core/policy.ts'
import { runner } from '../../adapters/core/runner.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { binding, delivery, inPlace, lane, recordedRunner } from './recorded-runner.ts'

const down = new WaybillError('ERR_UNAVAILABLE', 'the store is down', { adapter: 'test' })

/** A handler behind something that is down until it is told otherwise. */
function behind() {
  const state = { isDown: true, calls: 0, attempts: [] as number[] }
  const handler: Handler = async (_, { attempt }) => {
    state.attempts.push(attempt)
    if (state.isDown) throw down
    state.calls++
  }
  return { state, handler }
}

describe('an event that could not be tried', () => {
  it.each([
    ['in place, as on Kafka', inPlace],
    ['by the broker, which counts', { redelivery: 'broker', attempts: true, delay: true }],
  ] as const)(
    'is held for as long as that lasts and uses up no attempt, where is repeated %s',
    async (_, can) => {
      const { state, handler } = behind()
      const run = recordedRunner(handler, { capabilities: can, policy: { maxAttempts: 2, maxAgeMs: 60_000 } })
      const time = run.clock.now()
      let kinds: readonly string[] | undefined
      void run.deliver(lane('k', ['1', '2'], { time })).then((outcomes) => {
        kinds = outcomes.map(({ kind }) => kind)
      })
      await run.clock.advance(3_600_000)
      expect([kinds, state.calls, run.letters]).toEqual([undefined, 0, []])
      expect(new Set(state.attempts)).toEqual(new Set([1]))
      expect(run.observations.filter(({ kind }) => kind === 'held').length).toBeGreaterThan(300)
      expect(run.log.at(-1)).toMatchObject({
        level: 'warn',
        fields: { position: '1', delayMs: 10_000, reason: '[test] the store is down' },
        message: 'event not tried; holding it',
      })
      state.isDown = false
      await run.clock.advance(10_000)
      expect(run.kinds().filter((kind) => kind === 'handled')).toHaveLength(1)
      // The second is older than the policy allows by now, as it would be behind anything else that takes so long.
      expect(kinds).toEqual(['ack', 'term'])
    },
  )

  it('is told from one whose handler throws something with that code', async () => {
    const error = Object.assign(new Error('gone'), { code: 'ERR_UNAVAILABLE' })
    const run = recordedRunner(() => Promise.reject(error), {
      capabilities: inPlace,
      policy: { maxAttempts: 2 },
    })
    void run.deliver(lane('k', ['1']))
    await run.clock.advance(60_000)
    expect(run.kinds()).toContain('dead-lettered')
  })

  it('has all its attempts left once it can be tried', async () => {
    let calls = 0
    const run = recordedRunner(
      async () => {
        calls++
        throw calls < 10 ? down : new Error('boom')
      },
      { capabilities: inPlace, policy: { maxAttempts: 3 } },
    )
    const settled = run.deliver([delivery('1')])
    await run.clock.advance(200_000)
    expect(await settled).toMatchObject([{ kind: 'term', cause: { message: 'boom' } }])
    expect(calls).toBe(12)
    expect(run.letters).toMatchObject([{ attempts: 3 }])
  })

  it('is given back when the run ends', async () => {
    const { handler } = behind()
    const run = recordedRunner(handler, { capabilities: inPlace })
    const settled = run.deliver(lane('k', ['1', '2']))
    await run.clock.advance(1_000)
    run.stop.abort()
    expect(await settled).toEqual([{ kind: 'release' }, { kind: 'release' }])
  })

  it('keeps no other lane from running', async () => {
    const run = recordedRunner(
      async ({ id }) => {
        if (id === '1') throw down
      },
      { capabilities: inPlace, policy: { concurrency: 1 } },
    )
    void run.deliver([delivery('1', { lane: 'a' })])
    await idle()
    expect(await run.deliver([delivery('2', { lane: 'b' })])).toEqual([{ kind: 'ack' }])
    run.stop.abort()
  })

  it('is looked at no more than ten times a second, whatever the backoff', async () => {
    const { state, handler } = behind()
    const run = recordedRunner(handler, { capabilities: inPlace, policy: { backoff: { initialMs: 0 } } })
    void run.deliver([delivery('1')])
    await run.clock.advance(1_000)
    expect(state.attempts.length).toBeLessThanOrEqual(11)
    run.stop.abort()
  })

  it('is told by work at the end of an attempt too, where its time ran out before', async () => {
    let calls = 0
    const run = recordedRunner(
      (_, context) => {
        calls++
        context.onEnd((failure) => {
          if (calls < 5 && failure !== undefined) throw down
        })
        return calls < 5 ? new Promise(() => {}) : undefined
      },
      { capabilities: inPlace, policy: { maxAttempts: 1, timeoutMs: 1_000 } },
    )
    const settled = run.deliver([delivery('1')])
    await run.clock.advance(20_000)
    expect(await settled).toEqual([{ kind: 'ack' }])
    expect(run.letters).toEqual([])
  })

  it('is held on a platform for the time of one attempt, and given back then', async () => {
    const clock = manualClock()
    const { state, handler } = behind()
    const platform = {
      delivery: 'at-least-once',
      redelivery: 'platform',
      attempts: true,
      delay: false,
    } as const
    const letters: unknown[] = []
    const deliver = runner(binding, platform, handler, {
      policy: resolvePolicy({ timeoutMs: 5_000, maxAttempts: 1 }, 'g'),
      deadLetter: async (letter) => letters.push(letter),
      clock,
    })
    let settled: unknown
    const deliverOnce = () =>
      Promise.resolve(deliver([delivery('1')])).then((outcomes) => {
        settled = outcomes
      })
    void deliverOnce()
    await clock.advance(4_900)
    expect(settled).toBeUndefined()
    await clock.advance(100)
    expect(settled).toEqual([{ kind: 'release' }])
    void deliverOnce()
    await idle()
    state.isDown = false
    await clock.advance(1_000)
    expect([settled, letters]).toEqual([[{ kind: 'ack' }], []])
  })
})

import { describe, expect, it } from '@jest/globals'
import { TerminalError } from '../../adapters/core/errors.ts'
import { resolvePolicy } from '../../adapters/core/policy.ts'
import { runner } from '../../adapters/core/runner.ts'
import { bytesOf } from './events.ts'
import { capabilities } from './fake-driver.ts'
import { binding, delivery, gate, inPlace, lane, recordedRunner } from './recorded-runner.ts'

const boom = new Error('boom')
const failing = () => {
  throw boom
}
const broken = {
  body: bytesOf('{"a":'),
  headers: { ...binding.encode(binding.decode(delivery('1').message)).headers },
}

describe('where the broker redelivers', () => {
  it('a failure is a nack with the time to wait, which grows with the broker’s count', async () => {
    const run = recordedRunner(failing)
    const outcomes = []
    for (const attempt of [1, 2, 3, 4]) outcomes.push(...(await run.deliver([delivery('1', { attempt })])))
    expect(outcomes).toEqual([100, 200, 400, 800].map((delayMs) => ({ kind: 'nack', cause: boom, delayMs })))
    expect(run.log[1]).toEqual({
      level: 'warn',
      fields: { topic: 'orders', lane: undefined, position: '1', attempt: 2, delayMs: 200, reason: 'boom' },
      message: 'attempt failed; retrying',
    })
  })

  it('the last attempt dead-letters', async () => {
    const run = recordedRunner(failing, { policy: { maxAttempts: 3 } })
    expect(await run.deliver([delivery('1', { attempt: 3 })])).toEqual([{ kind: 'term', cause: boom }])
    expect(run.letters).toMatchObject([{ attempts: 3, cause: boom }])
  })

  it('a delivery beyond the last attempt is dead-lettered untried', async () => {
    let calls = 0
    const run = recordedRunner(() => void calls++, { policy: { maxAttempts: 3 } })
    expect(await run.deliver([delivery('1', { attempt: 4 })])).toMatchObject([{ kind: 'term' }])
    expect(calls).toBe(0)
    expect(run.letters).toMatchObject([
      {
        attempts: 3,
        cause: { message: 'delivered 4 times without being settled: see the log of earlier attempts' },
      },
    ])
  })

  it('the wait is held here where the broker knows no delays', async () => {
    const run = recordedRunner(failing, { capabilities: { delay: false } })
    const settled: unknown[] = []
    void run.deliver([delivery('1')]).then((outcomes) => settled.push(...outcomes))
    await run.clock.advance(99)
    expect(settled).toEqual([])
    await run.clock.advance(1)
    expect(settled).toEqual([{ kind: 'nack', cause: boom }])
  })

  it('but does not count, attempts are made in place', async () => {
    let calls = 0
    const run = recordedRunner(
      () => {
        calls++
        throw boom
      },
      { capabilities: { attempts: false }, policy: { maxAttempts: 3 } },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(300)
    expect(await done).toEqual([{ kind: 'term', cause: boom }])
    expect([calls, run.letters[0]?.attempts]).toEqual([3, 3])
  })
})

describe('where the runner repeats in place', () => {
  it('waits longer each time, up to the limit, with chance taking up to half', async () => {
    const chances = [1, 0, 0.5, 1, 1]
    const run = recordedRunner(failing, {
      capabilities: inPlace,
      policy: { maxAttempts: 6, backoff: { initialMs: 100, maxMs: 500, factor: 2 } },
      random: () => chances.shift() ?? 1,
    })
    const done = run.deliver([delivery('1')])
    const waits: unknown[] = []
    for (let n = 0; n < 5; n++) {
      await run.clock.advance(0)
      waits.push(...run.clock.waits)
      await run.clock.advance(run.clock.waits[0] ?? 0)
    }
    expect(waits).toEqual([100, 100, 300, 500, 500])
    expect(await done).toEqual([{ kind: 'term', cause: boom }])
    expect(run.observations.filter(({ kind }) => kind === 'retried')).toMatchObject(
      [100, 100, 300, 500, 500].map((delayMs, index) => ({ attempt: index + 1, delayMs, cause: boom })),
    )
  })

  it('dead-letters after the last attempt, once', async () => {
    let calls = 0
    const run = recordedRunner(
      () => {
        calls++
        throw boom
      },
      { capabilities: inPlace, policy: { maxAttempts: 4 } },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(100 + 200 + 400)
    expect(await done).toEqual([{ kind: 'term', cause: boom }])
    expect([calls, run.letters.length, run.letters[0]?.attempts]).toEqual([4, 1, 4])
    expect(run.kinds()).toEqual(['received', 'retried', 'retried', 'retried', 'dead-lettered'])
  })

  it('gives every attempt the data as they were sent', async () => {
    const seen: unknown[] = []
    const run = recordedRunner(
      (event) => {
        seen.push(structuredClone(event.data))
        Object.assign(Object(event.data), { id: 'changed' })
        Object.assign(event, { type: 'changed' })
        throw boom
      },
      { capabilities: inPlace, policy: { maxAttempts: 3 } },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(300)
    await done
    expect(seen).toEqual([{ id: '1' }, { id: '1' }, { id: '1' }])
  })

  it('handles on a later attempt, and says on which', async () => {
    const run = recordedRunner(
      (_, { attempt }) => {
        if (attempt < 3) throw boom
      },
      { capabilities: inPlace },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(300)
    expect(await done).toEqual([{ kind: 'ack' }])
    expect(run.observations.at(-1)).toMatchObject({ kind: 'handled', attempt: 3 })
  })

  it('tries for ever where the policy says so', async () => {
    let calls = 0
    const run = recordedRunner(
      () => {
        if (++calls < 200) throw boom
      },
      {
        capabilities: inPlace,
        policy: { maxAttempts: Number.POSITIVE_INFINITY, backoff: { initialMs: 1, maxMs: 10 } },
      },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(2_000)
    expect(await done).toEqual([{ kind: 'ack' }])
  })
})

describe('an event that is too old', () => {
  it('is dead-lettered untried', async () => {
    let calls = 0
    const run = recordedRunner(() => void calls++, { policy: { maxAgeMs: 1_000 } })
    const time = run.clock.now() - 1_000
    expect(await run.deliver([delivery('1', { time })])).toMatchObject([{ kind: 'term' }])
    expect(calls).toBe(0)
    expect(run.letters).toMatchObject([
      { attempts: 0, cause: { message: expect.stringContaining('older than policy.maxAgeMs (1000 ms)') } },
    ])
  })

  it('is still tried a moment before', async () => {
    const run = recordedRunner(() => {}, { policy: { maxAgeMs: 1_000 } })
    expect(await run.deliver([delivery('1', { time: run.clock.now() - 999 })])).toEqual([{ kind: 'ack' }])
  })

  it('is not tried again, and the letter says what the last attempt said', async () => {
    const run = recordedRunner(failing, { capabilities: inPlace, policy: { maxAgeMs: 250, maxAttempts: 9 } })
    const done = run.deliver([delivery('1', { time: run.clock.now() })])
    await run.clock.advance(10_000)
    expect(await done).toEqual([{ kind: 'term', cause: boom }])
    expect(run.letters).toMatchObject([{ attempts: 3, cause: boom }])
  })

  it('has no age where the broker tells no time', async () => {
    const run = recordedRunner(() => {}, { policy: { maxAgeMs: 1 } })
    expect(await run.deliver([delivery('1')])).toEqual([{ kind: 'ack' }])
  })
})

describe('what can never succeed', () => {
  it.each([
    [
      'a TerminalError',
      () => {
        throw new TerminalError('never')
      },
      'never',
    ],
    ['a rejected TerminalError', () => Promise.reject(new TerminalError('never')), 'never'],
    [
      'a TerminalError of another copy of the library',
      () => {
        throw Object.assign(new Error('never'), { code: 'ERR_TERMINAL' })
      },
      'never',
    ],
  ])('is dead-lettered at once: %s', async (_, handler, reason) => {
    for (const capabilities of [{}, inPlace]) {
      const run = recordedRunner(handler, { capabilities })
      expect(await run.deliver([delivery('1')])).toMatchObject([{ kind: 'term', cause: { message: reason } }])
      expect(run.letters).toMatchObject([{ attempts: 1 }])
      expect(run.kinds()).toEqual(['received', 'dead-lettered'])
    }
  })

  it('is a message that is no event, without calling the handler', async () => {
    let calls = 0
    const run = recordedRunner(() => void calls++)
    const message = { body: bytesOf('garbage'), headers: { 'content-type': 'application/cloudevents+json' } }
    expect(await run.deliver([delivery('1', { message })])).toMatchObject([
      { kind: 'term', cause: { code: 'ERR_DECODE' } },
    ])
    expect([calls, run.letters[0]?.delivery.message]).toEqual([0, message])
  })

  it('is data that the handler finds unreadable', async () => {
    const run = recordedRunner(async ({ data }) => void data, { capabilities: inPlace })
    expect(await run.deliver([delivery('1', { message: broken })])).toMatchObject([
      {
        kind: 'term',
        cause: {
          code: 'ERR_DECODE',
          message: '[waybill] data is not valid JSON: send it as its datacontenttype says',
        },
      },
    ])
  })

  it('is unreadable data only where the handler reads them', async () => {
    expect(await recordedRunner(() => {}).deliver([delivery('1', { message: broken })])).toEqual([
      { kind: 'ack' },
    ])
  })

  it('is any error of a binding, whatever it is', async () => {
    const decode = () => {
      throw new RangeError('offset is outside the bounds')
    }
    const letters: unknown[] = []
    const deliver = runner({ ...binding, decode }, capabilities, () => {}, {
      policy: resolvePolicy({}, 'g'),
      deadLetter: async (letter) => letters.push(letter.cause),
    })
    await deliver([delivery('1')])
    expect(letters).toMatchObject([
      {
        code: 'ERR_DECODE',
        message: '[test] the message cannot be read: offset is outside the bounds',
        cause: expect.any(RangeError),
      },
    ])
  })
})

describe('whatever a handler throws', () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a string', 'text', 'text'],
    ['an empty string', '', ''],
    ['a number', 0, '0'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an object that contains itself', circular, 'a thrown object: throw an Error that says why'],
    ['a frozen object', Object.freeze({ status: 503 }), 'a thrown object: throw an Error that says why'],
  ])('is a failure like any other: %s', async (_, thrown, reason) => {
    for (const handler of [
      () => {
        throw thrown
      },
      () => Promise.reject(thrown),
    ]) {
      const run = recordedRunner(handler)
      expect(await run.deliver([delivery('1')])).toEqual([{ kind: 'nack', cause: thrown, delayMs: 100 }])
      expect(run.log).toMatchObject([{ fields: { reason } }])
    }
  })

  it('counts when it comes asynchronously', async () => {
    const held = gate()
    const run = recordedRunner(() => held.passed)
    const done = run.deliver(lane('a', ['1', '2']))
    held.fail(boom)
    expect(await done).toMatchObject([{ kind: 'nack', cause: boom }, { kind: 'release' }])
  })
})

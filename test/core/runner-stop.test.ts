import { describe, expect, it } from '@jest/globals'
import { idle } from '../manual-clock.ts'
import { event } from './events.ts'
import { delivery, gate, inPlace, lane, recordedRunner } from './recorded-runner.ts'

const hang = () => new Promise<void>(() => {})
const release = { kind: 'release' }

describe('stopping', () => {
  it('lets the running attempt finish, publish and ack, and gives the rest back', async () => {
    const held = gate()
    const tried: string[] = []
    const run = recordedRunner(async ({ id }) => {
      tried.push(id)
      await held.passed
      return event({ id: `from ${id}` })
    })
    const done = run.deliver(lane('a', ['1', '2', '3']))
    await idle()
    run.stop.abort()
    held.open()
    expect(await done).toEqual([{ kind: 'ack' }, release, release])
    expect([tried, run.emitted.map(({ id }) => id)]).toEqual([['1'], ['from 1']])
    expect(run.kinds()).toEqual(['received', 'handled', 'released', 'released'])
  })

  it('gives back what waits for a slot', async () => {
    const held = gate()
    const run = recordedRunner(() => held.passed, { policy: { concurrency: 1 } })
    const done = Promise.all([
      run.deliver(lane('a', ['1'])),
      run.deliver(lane('b', ['2'])),
      run.deliver([delivery('3')]),
    ])
    await idle()
    run.stop.abort()
    held.open()
    expect(await done).toEqual([[{ kind: 'ack' }], [release], [release]])
  })

  it('gives back, untried, what comes afterwards', async () => {
    let calls = 0
    const run = recordedRunner(() => void calls++)
    run.stop.abort()
    expect(await run.deliver(lane('a', ['1', '2']))).toEqual([release, release])
    expect(await run.deliver([delivery('3')])).toEqual([release])
    expect([calls, run.kinds()]).toEqual([0, ['released', 'released', 'released']])
  })

  it('ends a wait between attempts at once, and no attempt follows', async () => {
    let calls = 0
    const run = recordedRunner(
      () => {
        calls++
        throw new Error('boom')
      },
      {
        capabilities: inPlace,
        policy: { backoff: { initialMs: 60_000, maxMs: 60_000 } },
      },
    )
    const done = run.deliver(lane('a', ['1', '2']))
    await idle()
    run.stop.abort()
    expect(await done).toEqual([release, release])
    expect([calls, run.clock.waits]).toEqual([1, []])
  })

  it('ends the wait before a nack at once', async () => {
    const run = recordedRunner(
      () => {
        throw new Error('boom')
      },
      { capabilities: { delay: false } },
    )
    const done = run.deliver([delivery('1')])
    await idle()
    run.stop.abort()
    expect(await done).toMatchObject([{ kind: 'nack', cause: { message: 'boom' } }])
  })

  it('still nacks what fails while it finishes', async () => {
    const held = gate()
    const run = recordedRunner(() => held.passed)
    const done = run.deliver([delivery('1')])
    await idle()
    run.stop.abort()
    held.fail(new Error('boom'))
    expect(await done).toMatchObject([{ kind: 'nack', delayMs: 100 }])
  })

  it('still dead-letters what fails for the last time', async () => {
    const held = gate()
    const run = recordedRunner(() => held.passed, { policy: { maxAttempts: 1 } })
    const done = run.deliver([delivery('1')])
    await idle()
    run.stop.abort()
    held.fail(new Error('boom'))
    expect(await done).toMatchObject([{ kind: 'term' }])
    expect(run.letters).toHaveLength(1)
  })

  it('cuts nothing short: the handler’s own time limit goes on', async () => {
    const signals: AbortSignal[] = []
    const run = recordedRunner(
      (_, { signal }) => {
        signals.push(signal)
        return hang()
      },
      { policy: { timeoutMs: 500 } },
    )
    const done = run.deliver([delivery('1')])
    await idle()
    run.stop.abort()
    await run.clock.advance(499)
    expect(signals[0]?.aborted).toBe(false)
    await run.clock.advance(1)
    expect(await done).toMatchObject([{ kind: 'nack', cause: { code: 'ERR_TIMEOUT' } }])
  })

  it('gives nothing back that came from an at-most-once broker, where it would be lost', async () => {
    const tried: string[] = []
    const held = gate()
    const run = recordedRunner(
      async ({ id }) => {
        tried.push(id)
        await held.passed
      },
      {
        capabilities: {
          delivery: 'at-most-once',
          redelivery: 'runner',
          attempts: false,
          delay: false,
          ordering: 'none',
        },
      },
    )
    const done = run.deliver([delivery('1'), delivery('2')])
    await idle()
    run.stop.abort()
    const late = run.deliver([delivery('3')])
    held.open()
    expect([await done, await late]).toEqual([[{ kind: 'ack' }, { kind: 'ack' }], [{ kind: 'ack' }]])
    expect(tried).toEqual(['1', '2', '3'])
  })

  it('lets an at-most-once delivery be tried again until the abort', async () => {
    let calls = 0
    const run = recordedRunner(
      () => {
        if (++calls < 3) throw new Error('boom')
      },
      {
        capabilities: { delivery: 'at-most-once', redelivery: 'runner', attempts: false, delay: false },
      },
    )
    const done = run.deliver([delivery('1')])
    await idle()
    run.stop.abort()
    await run.clock.advance(300)
    expect(await done).toEqual([{ kind: 'ack' }])
  })
})

describe('aborting', () => {
  it('cuts every running attempt short, tells each by its signal, and gives all back', async () => {
    const reasons: unknown[] = []
    const run = recordedRunner((_, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      return hang()
    })
    const done = Promise.all([
      run.deliver(lane('a', ['1', '2'])),
      run.deliver([delivery('3'), delivery('4')]),
    ])
    await idle()
    run.abort.abort()
    expect(await done).toEqual([
      [release, release],
      [release, release],
    ])
    expect(reasons).toMatchObject(new Array(3).fill({ code: 'ERR_ABORTED' }))
    expect([run.letters, run.log, run.clock.waits]).toEqual([[], [], []])
  })

  it('says nothing about the event: no retry is counted and no dead letter written', async () => {
    const run = recordedRunner(() => hang(), { policy: { maxAttempts: 1 } })
    const done = run.deliver([delivery('1')])
    await idle()
    run.abort.abort()
    expect(await done).toEqual([release])
    expect(run.kinds()).toEqual(['received', 'released'])
  })

  it('gives back an attempt that fails because of it', async () => {
    const run = recordedRunner(
      (_, { signal }) =>
        new Promise<void>((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('connection closed')))
        }),
    )
    const done = run.deliver([delivery('1')])
    await idle()
    run.abort.abort()
    expect(await done).toEqual([release])
  })

  it('cuts short also the attempt that caused it', async () => {
    const lease = new AbortController()
    for (const endsRun of [true, false]) {
      const run = recordedRunner(() => {
        if (endsRun) run.abort.abort()
        else lease.abort()
        return hang()
      })
      expect(await run.deliver([delivery('1', { signal: lease.signal })])).toEqual([release])
    }
  })

  it('leaves alone what has ended before', async () => {
    const signals: AbortSignal[] = []
    const run = recordedRunner(async (_, { signal }) => void signals.push(signal))
    await run.deliver([delivery('1'), delivery('2')])
    run.abort.abort()
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
  })

  it('publishes nothing of what a handler returns afterwards', async () => {
    const held = gate()
    const run = recordedRunner(async () => {
      await held.passed
      return event()
    })
    const done = run.deliver([delivery('1')])
    await idle()
    run.abort.abort()
    await done
    held.open()
    await idle()
    expect(run.emitted).toEqual([])
  })

  it('does not wait for a sink that hangs', async () => {
    const run = recordedRunner(() => event(), { emit: hang })
    const done = run.deliver([delivery('1')])
    await idle()
    run.abort.abort()
    expect(await done).toEqual([release])
  })

  it('ends waits between attempts', async () => {
    const run = recordedRunner(
      () => {
        throw new Error('boom')
      },
      { capabilities: inPlace },
    )
    const done = run.deliver([delivery('1')])
    await idle()
    run.abort.abort()
    expect(await done).toEqual([release])
    expect(run.clock.waits).toEqual([])
  })
})

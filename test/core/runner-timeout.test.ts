import { describe, expect, it } from '@jest/globals'
import { idle } from '../manual-clock.ts'
import { event } from './events.ts'
import { delivery, gate, inPlace, lane, recordedRunner } from './recorded-runner.ts'

const hang = () => new Promise<void>(() => {})

describe('an attempt that takes too long', () => {
  it('has failed when its time is up, and not before', async () => {
    const run = recordedRunner(hang, { policy: { timeoutMs: 5_000 } })
    const settled: unknown[] = []
    void run.deliver([delivery('1')]).then((outcomes) => settled.push(...outcomes))
    await run.clock.advance(4_999)
    expect(settled).toEqual([])
    await run.clock.advance(1)
    expect(settled).toMatchObject([
      {
        kind: 'nack',
        cause: {
          code: 'ERR_TIMEOUT',
          message: '[waybill] the handler took longer than 5000 ms: raise policy.timeoutMs or make it faster',
        },
      },
    ])
  })

  it('is told so by its signal, with the reason', async () => {
    const signals: AbortSignal[] = []
    const run = recordedRunner(
      async (_, { signal }) => {
        signals.push(signal)
        await hang()
      },
      { policy: { timeoutMs: 100 } },
    )
    const done = run.deliver([delivery('1')])
    await idle()
    expect(signals[0]?.aborted).toBe(false)
    await run.clock.advance(100)
    await done
    expect(signals[0]?.aborted).toBe(true)
    expect(signals[0]?.reason).toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('is told so also when it asks for the signal only afterwards', async () => {
    const late = gate()
    let reason: unknown
    const run = recordedRunner(
      async (_, context) => {
        await late.passed
        reason = context.signal.reason
      },
      { policy: { timeoutMs: 100 } },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(100)
    await done
    late.open()
    await idle()
    expect(reason).toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('is tried again like any other failure, then dead-lettered', async () => {
    let calls = 0
    const run = recordedRunner(
      () => {
        calls++
        return hang()
      },
      { capabilities: inPlace, policy: { timeoutMs: 100, maxAttempts: 2 } },
    )
    const done = run.deliver(lane('a', ['1']))
    await run.clock.advance(300)
    expect(await done).toMatchObject([{ kind: 'term', cause: { code: 'ERR_TIMEOUT' } }])
    expect([calls, run.letters[0]?.attempts]).toEqual([2, 2])
  })

  it.each([
    ['returns', (late: ReturnType<typeof gate>) => late.open()],
    ['throws', (late: ReturnType<typeof gate>) => late.fail(new Error('late'))],
  ])('changes nothing when it %s after all', async (_, end) => {
    const late = gate()
    const run = recordedRunner(
      async ({ id }, { attempt }) => {
        if (attempt === 1) await late.passed
        return event({ id: `${id}.${attempt}` })
      },
      { capabilities: inPlace, policy: { timeoutMs: 100 } },
    )
    const done = run.deliver(lane('a', ['1']))
    await run.clock.advance(200)
    expect(await done).toEqual([{ kind: 'ack' }])
    end(late)
    await idle()
    expect(run.emitted.map(({ id }) => id)).toEqual(['1.2'])
    expect(run.kinds()).toEqual(['received', 'retried', 'handled'])
  })

  it.each([
    ['returns', (late: ReturnType<typeof gate>) => late.open()],
    ['throws', (late: ReturnType<typeof gate>) => late.fail(new Error('late'))],
  ])('settles nothing of its lane when it %s while a later one is handled', async (_, end) => {
    const late = gate()
    const next = gate()
    const run = recordedRunner(
      async ({ id }, { attempt }) => {
        if (id === '2' && attempt === 1) await late.passed
        if (id === '3') await next.passed
      },
      { capabilities: inPlace, policy: { timeoutMs: 100, backoff: { initialMs: 10 } } },
    )
    const settled: unknown[] = []
    const done = run.deliver(lane('a', ['1', '2', '3', '4'])).then((outcomes) => settled.push(...outcomes))
    await run.clock.advance(110)
    end(late)
    await idle()
    expect([settled, run.kinds()]).toEqual([
      [],
      ['received', 'handled', 'received', 'retried', 'handled', 'received'],
    ])
    next.open()
    await done
    expect(settled).toEqual(new Array(4).fill({ kind: 'ack' }))
    expect(run.clock.waits).toEqual([])
  })

  it('has its own time, however long the ones before it in its lane took', async () => {
    const gates = [gate(), gate()]
    const run = recordedRunner(({ id }) => gates[Number(id)]?.passed, { policy: { timeoutMs: 100 } })
    const done = run.deliver(lane('a', ['0', '1']))
    await run.clock.advance(80)
    gates[0]?.open()
    await run.clock.advance(80)
    gates[1]?.open()
    expect(await done).toEqual([{ kind: 'ack' }, { kind: 'ack' }])
  })

  it('does not include the publishing of what was returned: a full sink is not the fault of the handler', async () => {
    const sink = gate()
    const run = recordedRunner(() => event(), { policy: { timeoutMs: 100 }, emit: () => sink.passed })
    const done = run.deliver([delivery('1')])
    await run.clock.advance(1_000)
    sink.open()
    expect(await done).toEqual([{ kind: 'ack' }])
  })

  it('holds for each step of a generator', async () => {
    const steps = async function* () {
      yield event({ id: 'a' })
      await new Promise(() => {})
    }
    const run = recordedRunner(steps, { policy: { timeoutMs: 100 } })
    const done = run.deliver([delivery('1')])
    await run.clock.advance(100)
    expect(await done).toMatchObject([{ kind: 'nack', cause: { code: 'ERR_TIMEOUT' } }])
    expect(run.emitted.map(({ id }) => id)).toEqual(['a'])
  })

  it('does not exist where the limit is 0', async () => {
    const late = gate()
    const run = recordedRunner(() => late.passed, { policy: { timeoutMs: 0 } })
    const done = run.deliver([delivery('1')])
    await run.clock.advance(1_000_000)
    expect(run.clock.waits).toEqual([])
    late.open()
    expect(await done).toEqual([{ kind: 'ack' }])
  })

  it('leaves the time of the next attempt whole', async () => {
    const run = recordedRunner((_, { attempt }) => (attempt === 1 ? hang() : undefined), {
      capabilities: inPlace,
      policy: { timeoutMs: 1_000 },
    })
    const done = run.deliver([delivery('1')])
    await run.clock.advance(1_100)
    expect(await done).toEqual([{ kind: 'ack' }])
    expect(run.clock.waits).toEqual([])
  })
})

describe('a stream that takes too long', () => {
  it('is not read on, and what it yields later is not published', async () => {
    const late = gate()
    let closed = false
    const run = recordedRunner(
      async function* ({ id }, { attempt }) {
        try {
          yield event({ id: `${id}.${attempt}.first` })
          if (attempt === 1) await late.passed
          yield event({ id: `${id}.${attempt}.second` })
        } finally {
          if (attempt === 1) closed = true
        }
      },
      { capabilities: inPlace, policy: { timeoutMs: 100 } },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(200)
    expect(await done).toEqual([{ kind: 'ack' }])
    late.open()
    await idle()
    expect(run.emitted.map(({ id }) => id)).toEqual(['1.1.first', '1.2.first', '1.2.second'])
    expect(closed).toBe(true)
  })
})

describe('a lease that ends', () => {
  it('cuts the attempt short and gives the delivery back, without a word about the event', async () => {
    const lease = new AbortController()
    const reasons: unknown[] = []
    const run = recordedRunner(async (_, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      await hang()
    })
    const done = run.deliver(lane('a', ['1', '2'], { signal: lease.signal }))
    await idle()
    lease.abort()
    expect(await done).toEqual([{ kind: 'release' }, { kind: 'release' }])
    expect(reasons).toMatchObject([{ code: 'ERR_ABORTED' }])
    expect([run.letters, run.log, run.kinds()]).toEqual([[], [], ['received', 'released', 'released']])
    expect(run.clock.waits).toEqual([])
  })

  it('gives back what had not begun', async () => {
    let calls = 0
    const run = recordedRunner(() => void calls++)
    expect(await run.deliver([delivery('1', { signal: AbortSignal.abort() })])).toEqual([{ kind: 'release' }])
    expect(calls).toBe(0)
  })

  it('ends a wait between attempts, after which no attempt follows', async () => {
    let calls = 0
    const lease = new AbortController()
    const run = recordedRunner(
      () => {
        calls++
        throw new Error('boom')
      },
      { capabilities: inPlace },
    )
    const done = run.deliver([delivery('1', { signal: lease.signal })])
    await idle()
    lease.abort()
    expect(await done).toEqual([{ kind: 'release' }])
    expect([calls, run.clock.waits]).toEqual([1, []])
  })

  it('of one lane does not touch another', async () => {
    const lease = new AbortController()
    const late = gate()
    const run = recordedRunner(() => late.passed)
    const ended = run.deliver(lane('a', ['1'], { signal: lease.signal }))
    const going = run.deliver(lane('b', ['2']))
    await idle()
    lease.abort()
    expect(await ended).toEqual([{ kind: 'release' }])
    late.open()
    expect(await going).toEqual([{ kind: 'ack' }])
  })
})

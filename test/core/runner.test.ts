import { describe, expect, it } from '@jest/globals'
import { TerminalError } from '../../adapters/core/errors.ts'
import { resolvePolicy } from '../../adapters/core/policy.ts'
import { runner } from '../../adapters/core/runner.ts'
import { idle } from '../manual-clock.ts'
import { thrownBy } from './events.ts'
import { capabilities } from './fake-driver.ts'
import { binding, delivery, type Gate, gate, inPlace, lane, recordedRunner } from './recorded-runner.ts'

const ack = { kind: 'ack' }
const release = { kind: 'release' }

describe('a healthy run', () => {
  it('acks, tells what it did, and logs nothing', async () => {
    const run = recordedRunner(async () => {})
    expect(await run.deliver(lane('a', ['1', '2']))).toEqual([ack, ack])
    expect(run.kinds()).toEqual(['received', 'handled', 'received', 'handled'])
    expect(run.log).toEqual([])
    expect(run.clock.waits).toEqual([])
  })

  it('tells the handler its attempt, its delivery and its logger', async () => {
    const seen: unknown[] = []
    const run = recordedRunner((event, { attempt, delivery: given, signal, logger }) => {
      seen.push([event.id, attempt, given.topic, given.position, signal.aborted, logger !== undefined])
    })
    await run.deliver([delivery('1', { attempt: 3 })])
    expect(seen).toEqual([['1', 3, 'orders', '1', false, true]])
  })

  it('tells the lag and the duration', async () => {
    const run = recordedRunner(() => {})
    await run.deliver([delivery('1', { time: run.clock.now() - 250 })])
    expect(run.observations).toMatchObject([
      { kind: 'received', lagMs: 250 },
      { kind: 'handled', attempt: 1, emitted: 0, durationMs: expect.any(Number) },
    ])
  })

  it.each([[undefined], [null], [5], ['text'], [{}], [[]], [[1]], [{ a: [] }]])(
    'without a sink acks %j, which holds no event',
    async (result) => {
      const handler = () => JSON.parse(JSON.stringify({ result: result ?? null })).result
      const run = recordedRunner(handler, { emit: undefined })
      expect(await run.deliver([delivery('1')])).toEqual([ack])
    },
  )

  it.each([[5], ['text'], [{ a: [] }], [[1]]])(
    'with a sink refuses %j, which is no event',
    async (result) => {
      const run = recordedRunner(() => JSON.parse(JSON.stringify(result)))
      expect(await run.deliver([delivery('1')])).toMatchObject([{ kind: 'term' }])
      expect(run.emitted).toEqual([])
    },
  )

  it('handles an empty batch', async () => {
    expect(await recordedRunner(() => {}).deliver([])).toEqual([])
  })

  it('needs a way to publish dead letters unless the policy wants none', () => {
    const policy = resolvePolicy({}, 'g')
    expect(thrownBy(() => runner(binding, capabilities, () => {}, { policy }))).toMatchObject({
      code: 'ERR_CONFIG',
      message: '[waybill] the policy wants dead letters: give the runner a way to publish them',
    })
    expect(
      runner(binding, capabilities, () => {}, { policy: { ...policy, deadLetter: false } }),
    ).toBeInstanceOf(Function)
  })
})

describe('inside a lane', () => {
  it('one attempt runs at a time, in order', async () => {
    const [first, order] = [gate(), [] as string[]]
    const run = recordedRunner(async ({ id }) => {
      order.push(`${id}>`)
      if (id === '1') await first.passed
      order.push(`<${id}`)
    })
    const done = run.deliver(lane('a', ['1', '2', '3']))
    await idle()
    expect(order).toEqual(['1>'])
    first.open()
    expect(await done).toEqual([ack, ack, ack])
    expect(order).toEqual(['1>', '<1', '2>', '<2', '3>', '<3'])
  })

  it('what follows a nack is released untried', async () => {
    const tried: string[] = []
    const run = recordedRunner(({ id }) => {
      tried.push(id)
      if (id === '2') throw new Error('boom')
    })
    const outcomes = await run.deliver(lane('a', ['1', '2', '3', '4']))
    expect(outcomes).toMatchObject([ack, { kind: 'nack', cause: { message: 'boom' } }, release, release])
    expect(tried).toEqual(['1', '2'])
    expect(run.kinds()).toEqual(['received', 'handled', 'received', 'retried', 'released', 'released'])
  })

  it('a dead letter lets what follows go on', async () => {
    const run = recordedRunner(({ id }) => {
      if (id === '1') throw new TerminalError('never')
    })
    expect(await run.deliver(lane('a', ['1', '2']))).toMatchObject([{ kind: 'term' }, ack])
  })

  it('a retry in place holds what follows back', async () => {
    const order: string[] = []
    const run = recordedRunner(
      ({ id }, { attempt }) => {
        order.push(`${id}.${attempt}`)
        if (id === '1' && attempt < 3) throw new Error('boom')
      },
      { capabilities: inPlace },
    )
    const done = run.deliver(lane('a', ['1', '2']))
    await run.clock.advance(300)
    expect(await done).toEqual([ack, ack])
    expect(order).toEqual(['1.1', '1.2', '1.3', '2.1'])
  })
})

describe('across lanes', () => {
  it('as many handlers run as the policy says, and no more', async () => {
    const [gates, running] = [new Map<string, Gate>(), new Set<string>()]
    let most = 0
    const run = recordedRunner(
      async ({ id }) => {
        running.add(id)
        most = Math.max(most, running.size)
        const mine = gate()
        gates.set(id, mine)
        await mine.passed
        running.delete(id)
      },
      { policy: { concurrency: 3, timeoutMs: 0 } },
    )
    const done = Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((name) => run.deliver(lane(name, [`${name}1`, `${name}2`]))),
    )
    await idle()
    expect([...running]).toEqual(['a1', 'b1', 'c1'])
    for (let turn = 0; turn < 10; turn++) {
      for (const mine of gates.values()) mine.open()
      await idle()
    }
    await done
    expect(most).toBe(3)
  })

  it('deliveries without a lane run side by side in one batch, up to the same number', async () => {
    const held = gate()
    const running: string[] = []
    const run = recordedRunner(
      async ({ id }) => {
        running.push(id)
        await held.passed
      },
      { policy: { concurrency: 2, timeoutMs: 0 } },
    )
    const done = run.deliver(['1', '2', '3'].map((id) => delivery(id)))
    await idle()
    expect(running).toEqual(['1', '2'])
    held.open()
    expect(await done).toEqual([ack, ack, ack])
  })

  it('a failure without a lane holds nothing back', async () => {
    const run = recordedRunner(({ id }) => {
      if (id === '1') throw new Error('boom')
    })
    expect(await run.deliver([delivery('1'), delivery('2')])).toMatchObject([{ kind: 'nack' }, ack])
  })

  it('a lane that waits for its next attempt leaves its place to others', async () => {
    const handled: string[] = []
    const run = recordedRunner(
      ({ id }, { attempt }) => {
        if (id === 'bad' && attempt === 1) throw new Error('boom')
        handled.push(id)
      },
      { capabilities: inPlace, policy: { concurrency: 1, backoff: { initialMs: 60_000, maxMs: 60_000 } } },
    )
    const bad = run.deliver(lane('a', ['bad', 'after']))
    await idle()
    await Promise.all(['b', 'c', 'd'].map((name) => run.deliver(lane(name, [name]))))
    expect(handled).toEqual(['b', 'c', 'd'])
    await run.clock.advance(60_000)
    expect(await bad).toEqual([ack, ack])
    expect(handled).toEqual(['b', 'c', 'd', 'bad', 'after'])
  })

  it('a lane that comes back from waiting takes no more places than there are', async () => {
    const held = gate()
    let running = 0
    let most = 0
    const run = recordedRunner(
      async ({ id }, { attempt }) => {
        if (id === 'bad' && attempt === 1) throw new Error('boom')
        most = Math.max(most, ++running)
        await held.passed
        running--
      },
      { capabilities: inPlace, policy: { concurrency: 1, timeoutMs: 0 } },
    )
    const done = Promise.all([run.deliver(lane('a', ['bad'])), run.deliver(lane('b', ['b']))])
    await run.clock.advance(1_000)
    expect([running, most]).toEqual([1, 1])
    held.open()
    await done
    expect(most).toBe(1)
  })
})

describe('a logger that throws', () => {
  it('does not keep a delivery from being settled', async () => {
    const fail = () => {
      throw new Error('disk full')
    }
    const logger = { debug: fail, info: fail, warn: fail, error: fail }
    const failing = () => Promise.reject(new Error('boom'))
    expect(await recordedRunner(failing, { logger }).deliver(lane('a', ['1']))).toMatchObject([
      { kind: 'nack' },
    ])
    const last = recordedRunner(failing, { logger, policy: { maxAttempts: 1 } })
    expect(await last.deliver(lane('a', ['1', '2']))).toMatchObject([{ kind: 'term' }, { kind: 'term' }])
    expect(last.letters).toHaveLength(2)
  })
})

describe('an observer that throws', () => {
  it('changes nothing but the log', async () => {
    const run = recordedRunner(() => {}, {
      observe() {
        throw new Error('counter broke')
      },
    })
    expect(await run.deliver([delivery('1')])).toEqual([ack])
    expect(run.log).toMatchObject([
      { level: 'error', fields: { reason: 'counter broke' }, message: 'the observer threw' },
      { level: 'error', message: 'the observer threw' },
    ])
  })
})

import { describe, expect, it } from '@jest/globals'
import { TerminalError } from '../../adapters/core/errors.ts'
import { derive } from '../../adapters/core/event.ts'
import { type Context, compose, type Handler, type Middleware } from '../../adapters/core/handler.ts'
import { event } from './events.ts'
import { delivery, inPlace, recordedRunner } from './recorded-runner.ts'

function around(name: string, order: string[]): Middleware {
  return async (given, context, next) => {
    order.push(`${name}>`)
    const result = await next()
    order.push(`<${name}`)
    void given
    void context
    return result
  }
}

const unreadable = { body: null, headers: { 'content-type': 'application/cloudevents+json' } }

describe('middleware', () => {
  it('wraps the handler, the first outermost', async () => {
    const order: string[] = []
    const handler = compose([around('a', order), around('b', order)], () => void order.push('handler'))
    await recordedRunner(handler).deliver([delivery('1')])
    expect(order).toEqual(['a>', 'b>', 'handler', '<b', '<a'])
  })

  it('of none is the handler itself', () => {
    const handler: Handler = () => {}
    expect(compose([], handler)).toBe(handler)
  })

  it('runs at every attempt, and sees which', async () => {
    const attempts: number[] = []
    const count: Middleware = (_, { attempt }, next) => {
      attempts.push(attempt)
      return next()
    }
    const run = recordedRunner(
      compose([count], () => Promise.reject(new Error('boom'))),
      {
        capabilities: inPlace,
        policy: { maxAttempts: 3 },
      },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(300)
    await done
    expect(attempts).toEqual([1, 2, 3])
  })

  it('that does not call next skips the handler and acks', async () => {
    let calls = 0
    const run = recordedRunner(compose([() => {}], () => void calls++))
    expect(await run.deliver([delivery('1')])).toEqual([{ kind: 'ack' }])
    expect(calls).toBe(0)
  })

  it('may give the handler another event and another context', async () => {
    const seen: unknown[] = []
    const change: Middleware = (given, context, next) => {
      const { delivery: from, signal, logger } = context
      const onEnd: Context['onEnd'] = (work) => context.onEnd(work)
      return next(derive(given, { type: 'changed' }), { attempt: 7, delivery: from, signal, logger, onEnd })
    }
    const handler = compose([change], ({ type }, { attempt }) => void seen.push(type, attempt))
    await recordedRunner(handler).deliver([delivery('1')])
    expect(seen).toEqual(['changed', 7])
  })

  it('may spread the context to change a part of it', async () => {
    const seen: unknown[] = []
    const change: Middleware = (given, context, next) => next(given, { ...context, attempt: 7 })
    const handler = compose(
      [change],
      (_, { attempt, signal, delivery: { topic } }) => void seen.push(attempt, topic, signal),
    )
    await recordedRunner(handler).deliver([delivery('1')])
    expect(seen).toEqual([7, 'orders', expect.any(AbortSignal)])
  })

  it('passes on what the handler returned, or returns something else', async () => {
    const one = event({ id: 'one' })
    const two = event({ id: 'two' })
    const layers: [Middleware, unknown][] = [
      [(_, __, next) => next(), one],
      [async (_, __, next) => void (await next()), undefined],
      [(_, __, next) => next().then(() => two), two],
    ]
    for (const [layer, expected] of layers) {
      const run = recordedRunner(compose([layer], () => one))
      expect(await run.deliver([delivery('1')])).toEqual([{ kind: 'ack' }])
      expect(run.emitted).toEqual(expected === undefined ? [] : [expected])
    }
  })

  it('sees what the handler throws, and may handle it', async () => {
    const rescue: Middleware = async (_, __, next) => {
      try {
        return await next()
      } catch {
        return undefined
      }
    }
    const failing: Handler = () => {
      throw new Error('boom')
    }
    expect(await recordedRunner(compose([rescue], failing)).deliver([delivery('1')])).toEqual([
      { kind: 'ack' },
    ])
  })

  it.each([
    [
      'throws',
      () => {
        throw new TerminalError('blocked')
      },
    ],
    ['rejects', () => Promise.reject(new TerminalError('blocked'))],
  ] satisfies [string, Middleware][])('that %s decides as a handler does', async (_, layer) => {
    const run = recordedRunner(compose([layer], () => {}))
    expect(await run.deliver([delivery('1')])).toMatchObject([
      { kind: 'term', cause: { message: 'blocked' } },
    ])
  })

  it('is inside the time limit', async () => {
    const run = recordedRunner(
      compose([() => new Promise(() => {})], () => {}),
      { policy: { timeoutMs: 100 } },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(100)
    expect(await done).toMatchObject([{ kind: 'nack', cause: { code: 'ERR_TIMEOUT' } }])
  })

  it('cannot make an unreadable message readable: it is not called for one', async () => {
    let calls = 0
    const run = recordedRunner(
      compose(
        [
          (_, __, next) => {
            calls++
            return next()
          },
        ],
        () => {},
      ),
    )
    await run.deliver([delivery('1', { message: unreadable })])
    expect([calls, run.letters.length]).toEqual([0, 1])
  })
})

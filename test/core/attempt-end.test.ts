import { describe, expect, it } from '@jest/globals'
import { compose, type Handler, type Middleware } from '../../adapters/core/handler.ts'
import { idle } from '../manual-clock.ts'
import { event } from './events.ts'
import { delivery, gate, inPlace, recordedRunner } from './recorded-runner.ts'

/** Notes how each attempt ends. */
function noting(order: string[], name = 'end'): Middleware {
  return (_, context, next) => {
    context.onEnd((failure) => {
      order.push(`${name} ${failure === undefined ? 'well' : String(failure.error)}`)
    })
    return next()
  }
}

describe('the end of an attempt', () => {
  it('comes after the sink has confirmed, and before the acknowledgement', async () => {
    const order: string[] = []
    const run = recordedRunner(
      compose([noting(order)], () => event({ id: 'result' })),
      {
        emit: async () => void order.push('emitted'),
      },
    )
    expect(await run.deliver([delivery('1')])).toEqual([{ kind: 'ack' }])
    expect(order).toEqual(['emitted', 'end well'])
  })

  it('is told of handlers that do not wait', async () => {
    const order: string[] = []
    const handler: Handler = (_, { onEnd: _unbound, ...rest }) => void rest
    const direct: Handler = (given, context) => {
      context.onEnd(() => void order.push('end'))
      return handler(given, context)
    }
    expect(await recordedRunner(direct).deliver([delivery('1')])).toEqual([{ kind: 'ack' }])
    expect(order).toEqual(['end'])
  })

  it('comes at every attempt, with why it failed', async () => {
    const order: string[] = []
    let calls = 0
    const handler: Handler = () => {
      if (++calls === 1) throw new Error('once')
    }
    const run = recordedRunner(compose([noting(order)], handler), { capabilities: inPlace })
    const done = run.deliver([delivery('1')])
    await run.clock.advance(1_000)
    expect(await done).toEqual([{ kind: 'ack' }])
    expect(order).toEqual(['end Error: once', 'end well'])
  })

  it('tells of a sink that failed', async () => {
    const order: string[] = []
    const run = recordedRunner(
      compose([noting(order)], () => event({ id: 'result' })),
      {
        policy: { maxAttempts: 1 },
        emit: async () => {
          throw new Error('sink down')
        },
      },
    )
    await run.deliver([delivery('1')])
    expect(order).toEqual(['end Error: sink down'])
  })

  it('goes backwards through what was begun', async () => {
    const order: string[] = []
    await recordedRunner(compose([noting(order, 'outer'), noting(order, 'inner')], () => {})).deliver([
      delivery('1'),
    ])
    expect(order).toEqual(['inner well', 'outer well'])
  })

  it('that fails after a success makes it a failed attempt', async () => {
    const failing: Middleware = (_, context, next) => {
      context.onEnd((failure) => {
        if (failure === undefined) throw new Error('not noted')
      })
      return next()
    }
    const run = recordedRunner(
      compose([failing], () => {}),
      { policy: { maxAttempts: 1 } },
    )
    expect(await run.deliver([delivery('1')])).toMatchObject([
      { kind: 'term', cause: { message: 'not noted' } },
    ])
  })

  it('comes once for each that waits for it: where one fails, those behind it hear of that', async () => {
    const order: string[] = []
    const failing: Middleware = (_, context, next) => {
      context.onEnd((failure) => {
        order.push(`failing ${failure === undefined ? 'well' : String(failure.error)}`)
        throw new Error('not noted')
      })
      return next()
    }
    const run = recordedRunner(
      compose([noting(order, 'outer'), failing, noting(order, 'inner')], () => {}),
      { policy: { maxAttempts: 1 } },
    )
    expect(await run.deliver([delivery('1')])).toMatchObject([
      { kind: 'term', cause: { message: 'not noted' } },
    ])
    expect(order).toEqual(['inner well', 'failing well', 'outer Error: not noted'])
  })

  it('is not good news to anyone once the attempt was cut short', async () => {
    const order: string[] = []
    const late = gate()
    const slow: Middleware = (_, context, next) => {
      context.onEnd((failure) => {
        order.push(`slow ${failure === undefined ? 'well' : 'cut'}`)
        return late.passed
      })
      return next()
    }
    const lease = new AbortController()
    const stuck: Middleware = (_, context, next) => {
      context.onEnd(() => new Promise(() => {}))
      return next()
    }
    const run = recordedRunner(compose([noting(order, 'outer'), stuck, slow], () => {}))
    const done = run.deliver([delivery('1', { signal: lease.signal })])
    await idle()
    lease.abort()
    expect(await done).toEqual([{ kind: 'release' }])
    late.open()
    await idle()
    expect(order).toEqual(['slow well', expect.stringContaining('outer WaybillError')])
  })

  it('is not good news either where the cut comes just as the work before it is done', async () => {
    const order: string[] = []
    const late = gate()
    const slow: Middleware = (_, context, next) => {
      context.onEnd(() => late.passed)
      return next()
    }
    const lease = new AbortController()
    const run = recordedRunner(compose([noting(order), slow], () => {}))
    const done = run.deliver([delivery('1', { signal: lease.signal })])
    await idle()
    late.open()
    lease.abort()
    expect(await done).toEqual([{ kind: 'release' }])
    expect(order).toEqual([expect.stringContaining('end WaybillError')])
  })

  it('that fails after a failure is logged, and changes nothing', async () => {
    const failing: Middleware = (_, context, next) => {
      context.onEnd(() => {
        throw new Error('not undone')
      })
      return next()
    }
    const handler: Handler = () => {
      throw new Error('boom')
    }
    const run = recordedRunner(compose([failing], handler), { policy: { maxAttempts: 1 } })
    expect(await run.deliver([delivery('1')])).toMatchObject([{ kind: 'term', cause: { message: 'boom' } }])
    expect(run.log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        fields: expect.objectContaining({ failure: 'not undone' }),
        message: 'work at the end of an attempt failed',
      }),
    )
  })

  it('that never comes after a failure does not outlive the run', async () => {
    const handler: Handler = (_, context) => {
      context.onEnd(() => new Promise(() => {}))
      throw new Error('no')
    }
    const run = recordedRunner(handler, { capabilities: inPlace })
    const done = run.deliver([delivery('1')])
    await new Promise((resolve) => setImmediate(resolve))
    run.abort.abort()
    expect(await done).toEqual([{ kind: 'release' }])
  })

  it('is heard through a context that was copied', async () => {
    const order: string[] = []
    const copying: Middleware = (given, context, next) => next(given, { ...context, attempt: 7 })
    await recordedRunner(compose([copying, noting(order)], () => {})).deliver([delivery('1')])
    expect(order).toEqual(['end well'])
  })
})

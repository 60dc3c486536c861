import { describe, expect, it } from '@jest/globals'
import { memory } from '../../adapters/memory/index.ts'
import { eventually } from '../eventually.ts'
import { event } from './events.ts'
import { delivery, inPlace, lane, recordedRunner } from './recorded-runner.ts'

function refuse(): never {
  throw new Error('not to be looked at')
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const objects: readonly [string, unknown][] = [
  [
    'with a code that cannot be read',
    {
      get code() {
        return refuse()
      },
    },
  ],
  ['that is a proxy which answers nothing', new Proxy({}, { has: refuse, get: refuse, ownKeys: refuse })],
  ['that is a revoked proxy', revoked()],
  ['without a prototype to ask for', new Proxy(new Error('x'), { getPrototypeOf: refuse })],
  [
    'with a code and without a prototype to ask for',
    new Proxy(Object.assign(new Error('x'), { code: 'ECONNRESET' }), { getPrototypeOf: refuse }),
  ],
]

describe.each(objects)('a thrown object %s', (_, thrown) => {
  function fail(id: string): void {
    if (id === 'bad') throw thrown
  }

  it.each([
    ['the broker', {}],
    ['the runner', inPlace],
  ])('is a failure like any other, where %s repeats', async (_, capabilities) => {
    const policy = { maxAttempts: 1, concurrency: 1 }
    const run = recordedRunner(({ id }) => fail(id), { policy, capabilities })
    const [bad, good] = await run.deliver(lane('a', ['bad', 'good']))
    expect([bad?.kind, good?.kind]).toEqual(['term', 'ack'])
    expect(bad?.kind === 'term' && bad.cause === thrown).toBe(true)
    expect(run.letters.map(({ attempts }) => attempts)).toEqual([1])
    expect(await run.deliver(lane('b', ['good']))).toEqual([{ kind: 'ack' }])
  })

  it('is repeated before that, also when it comes asynchronously', async () => {
    const run = recordedRunner(async ({ id }) => fail(id), { policy: { concurrency: 1 } })
    const [bad] = await run.deliver([delivery('bad')])
    expect(bad?.kind === 'nack' && bad.delayMs === 100 && bad.cause === thrown).toBe(true)
    expect(await run.deliver([delivery('good')])).toEqual([{ kind: 'ack' }])
  })

  it.each(['broker', 'runner'] as const)(
    'keeps no other lane and no close waiting, redelivery by the %s',
    async (redelivery) => {
      const broker = memory({ redelivery })
      const handled: string[] = []
      const dead: string[] = []
      broker.subscribe({ topic: 'dlq.g', group: 'd' }, ({ id }) => void dead.push(id))
      broker.subscribe(
        { topic: 'orders', group: 'g' },
        ({ id }) => {
          fail(id)
          handled.push(id)
        },
        { policy: { maxAttempts: 2, concurrency: 1, drainMs: 100, backoff: { initialMs: 0 } } },
      )
      await broker.publish('orders', event({ id: 'bad' }), { key: 'a' })
      await eventually('the dead letter', () => dead.length === 1)
      await broker.publish('orders', event({ id: 'good' }), { key: 'b' })
      await eventually('the other lane', () => handled.length === 1)
      await broker.close()
      expect([handled, dead]).toEqual([['good'], ['bad']])
    },
  )
})

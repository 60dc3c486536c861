import { describe, expect, it } from '@jest/globals'
import { WaybillError } from '../../../adapters/core/errors.ts'
import type { Handler } from '../../../adapters/core/handler.ts'
import { resolvePolicy } from '../../../adapters/core/policy.ts'
import { memory } from '../../../adapters/memory/index.ts'
import { type IdempotencyStore, idempotent, memoryStore } from '../../../functions/idempotency/index.ts'
import { eventually } from '../../eventually.ts'
import { manualClock } from '../../manual-clock.ts'
import { deaths, dyingAt, order, worker } from './process.ts'

describe('idempotent', () => {
  it('handles an event once, however often it is delivered', async () => {
    let effects = 0
    const deliver = worker(memoryStore(), () => void effects++)
    expect([await deliver(order), await deliver(order), await deliver(order)]).toEqual(['ack', 'ack', 'ack'])
    expect(effects).toBe(1)
  })

  it('tells events apart by source and id', async () => {
    let effects = 0
    const deliver = worker(memoryStore(), () => void effects++)
    await deliver(order)
    await deliver({ ...order, id: '2' })
    await deliver({ ...order, source: '/other' })
    await deliver({ ...order, type: 'changed' })
    expect(effects).toBe(3)
  })

  it('lets functions that share a store handle the same event once each', async () => {
    let effects = 0
    const store = memoryStore()
    await worker(store, () => void effects++, { scope: 'ship' })(order)
    await worker(store, () => void effects++, { scope: 'bill' })(order)
    expect(effects).toBe(2)
  })

  it('takes the key that it is given', async () => {
    let effects = 0
    const deliver = worker(memoryStore(), () => void effects++, { key: ({ type }) => type })
    await deliver(order)
    await deliver({ ...order, id: '2' })
    expect(effects).toBe(1)
  })

  it('handles an event again that failed', async () => {
    let attempts = 0
    const deliver = worker(memoryStore(), () => {
      if (++attempts === 1) throw new Error('once')
    })
    expect([await deliver(order), await deliver(order), await deliver(order)]).toEqual(['nack', 'ack', 'ack'])
    expect(attempts).toBe(2)
  })

  it('handles an event again whose results the sink did not take', async () => {
    let handled = 0
    let sent = 0
    const deliver = worker(
      memoryStore(),
      (event) => {
        handled++
        return event
      },
      {},
      {
        emit: async () => {
          if (++sent === 1) throw new Error('sink down')
        },
      },
    )
    expect([await deliver(order), await deliver(order), await deliver(order)]).toEqual(['nack', 'ack', 'ack'])
    expect([handled, sent]).toEqual([2, 2])
  })

  it('acknowledges nothing that somebody else still handles, and handles it where that fails', async () => {
    const store = memoryStore()
    let fail = (_: Error) => {}
    const first = worker(
      store,
      () =>
        new Promise((_, reject) => {
          fail = reject
        }),
    )(order)
    let effects = 0
    let isSettled = false
    const second = worker(
      store,
      () => void effects++,
    )(order).finally(() => {
      isSettled = true
    })
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect([isSettled, effects]).toEqual([false, 0])
    fail(new Error('no'))
    expect([await first, await second]).toEqual(['nack', 'ack'])
    expect(effects).toBe(1)
  })

  it('skips what somebody else handles meanwhile', async () => {
    const store = memoryStore()
    let effects = 0
    const slow: Handler = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      effects++
    }
    const outcomes = await Promise.all([1, 2, 3].map(() => worker(store, slow)(order)))
    expect(outcomes).toEqual(['ack', 'ack', 'ack'])
    expect(effects).toBe(1)
  })

  it('prolongs its lease while the handler runs', async () => {
    const store = memoryStore()
    let finish = () => {}
    let effects = 0
    const first = worker(
      store,
      async () => {
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        effects++
      },
      { leaseMs: 1_000 },
    )(order)
    const second = worker(store, () => void effects++, { leaseMs: 1_000 })(order)
    await new Promise((resolve) => setTimeout(resolve, 1_600))
    expect(effects).toBe(0)
    finish()
    expect([await first, await second]).toEqual(['ack', 'ack'])
    expect(effects).toBe(1)
  })

  it('aborts the attempt whose lease was lost, and does not let it complete', async () => {
    let now = 1_000
    const store = memoryStore(() => now)
    let reason: unknown
    const zombie = worker(
      store,
      async (_, { signal }) => {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        reason = signal.reason
      },
      { leaseMs: 1_000 },
    )(order)
    await new Promise((resolve) => setTimeout(resolve, 20))
    now += 2_000
    let effects = 0
    expect(await worker(store, () => void effects++)(order)).toBe('ack')
    expect(await zombie).toBe('nack')
    expect(reason).toMatchObject({ code: 'ERR_ABORTED' })
    expect(effects).toBe(1)
  })

  it('keeps others away from a handler that was cut short until it has ended', async () => {
    const store = memoryStore()
    const leave = new AbortController()
    let end = () => {}
    const first = worker(
      store,
      () =>
        new Promise<void>((resolve) => {
          end = resolve
        }),
    )(order, leave.signal)
    await new Promise((resolve) => setTimeout(resolve, 20))
    leave.abort()
    expect(await first).toBe('release')
    let effects = 0
    const second = worker(store, () => void effects++)(order)
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(effects).toBe(0)
    end()
    expect(await second).toBe('ack')
    expect(effects).toBe(1)
  })

  it('gives back what it claimed when the attempt was over already', async () => {
    const store = memoryStore()
    const leave = new AbortController()
    let answer = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    let claims = 0
    const slow: IdempotencyStore = {
      ...store,
      async claim(key, owner, leaseMs) {
        const claim = await store.claim(key, owner, leaseMs)
        claims++
        await answered
        return claim
      },
    }
    let effects = 0
    const first = worker(slow, () => void effects++)(order, leave.signal)
    await eventually('the claim', () => claims === 1)
    await new Promise((resolve) => setImmediate(resolve))
    leave.abort()
    expect(await first).toBe('release')
    answer()
    expect(await worker(store, () => void effects++)(order)).toBe('ack')
    expect(effects).toBe(1)
  })

  it.each(deaths)('survives a process that dies %s', async (_, call, when, expected) => {
    let now = 1_000
    const store = memoryStore(() => now)
    const { dying, dead } = dyingAt(store, call, when)
    let effects = 0
    void worker(dying, () => void effects++)(order)
    await eventually('its death', () => dead.aborted)
    // Nobody prolongs a dead process's lease.
    now += 30_000
    expect(await worker(store, () => void effects++)(order)).toBe('ack')
    expect(effects).toBe(expected)
  })

  it('gives its claim back where the store does not take the note, so that the next attempt need not wait', async () => {
    const store = memoryStore()
    let notes = 0
    const refusing: IdempotencyStore = {
      ...store,
      async complete(key, owner, keepMs) {
        if (++notes === 1) throw new Error('store down')
        return store.complete(key, owner, keepMs)
      },
    }
    let effects = 0
    const deliver = worker(refusing, () => void effects++)
    expect([await deliver(order), await deliver(order), await deliver(order)]).toEqual(['nack', 'ack', 'ack'])
    expect([effects, notes]).toEqual([2, 2])
  })

  it('gives an event back untried where the store fails for as long as an attempt may take', async () => {
    const broken: IdempotencyStore = {
      ...memoryStore(),
      claim: async () => {
        throw new Error('store down')
      },
    }
    let effects = 0
    const policy = resolvePolicy({ timeoutMs: 300 }, 'ship')
    expect(await worker(broken, () => void effects++, {}, { policy })(order)).toBe('release')
    expect(effects).toBe(0)
  })

  it.each<[string, () => Promise<never>]>([
    ['refuses', () => Promise.reject(new Error('store down'))],
    ['does not answer', () => new Promise<never>(() => {})],
  ])('holds events while the store %s, and dead-letters none', async (_, fault) => {
    const kept = memoryStore()
    let isDown = true
    let tries = 0
    const store: IdempotencyStore = {
      ...kept,
      claim: (...call) => {
        tries++
        return isDown ? fault() : kept.claim(...call)
      },
    }
    await using broker = memory()
    const kinds: string[] = []
    let effects = 0
    broker.subscribe({ topic: 'orders', group: 'ship' }, () => void effects++, {
      middleware: [idempotent(store, { scope: 'ship' })],
      policy: { maxAttempts: 1, timeoutMs: 50, backoff: { initialMs: 0 } },
      observe: ({ kind }) => void kinds.push(kind),
    })
    await broker.publish('orders', [order, { ...order, id: '2' }])
    await eventually('several looks', () => tries >= 6)
    expect([effects, new Set(kinds)]).toEqual([0, new Set(['received', 'held'])])
    isDown = false
    await eventually('both are handled', () => effects === 2)
    expect(kinds).not.toContain('dead-lettered')
  })

  it('handles an event whose claim was made although its answer was lost, without waiting for the lease to end', async () => {
    const store = memoryStore()
    let isLost = true
    const losing: IdempotencyStore = {
      ...store,
      async claim(...call) {
        const claim = await store.claim(...call)
        if (!isLost) return claim
        isLost = false
        throw new Error('socket hang up')
      },
    }
    let handled = 0
    const deliver = worker(losing, () => {
      handled++
    })
    expect(await deliver(order)).toBe('ack')
    expect(handled).toBe(1)
  })

  it('counts attempts whose note the store does not take, since their effect was made', async () => {
    const refusing: IdempotencyStore = {
      ...memoryStore(),
      complete: () => Promise.reject(new WaybillError('ERR_STORE', 'no right to write')),
    }
    await using broker = memory()
    let effects = 0
    let isBuried = false
    broker.subscribe({ topic: 'orders', group: 'ship' }, () => void effects++, {
      middleware: [idempotent(refusing, { scope: 'ship' })],
      policy: { maxAttempts: 2, backoff: { initialMs: 0 } },
      observe: ({ kind }) => {
        isBuried ||= kind === 'dead-lettered'
      },
    })
    await broker.publish('orders', order)
    await eventually('its dead letter', () => isBuried)
    expect(effects).toBe(2)
  })

  it('can be checked before events are read, which fails as the store does', async () => {
    const named = { scope: 'ship' }
    await expect(idempotent(memoryStore(), named).check?.()).resolves.toBeUndefined()
    const broken = { ...memoryStore(), check: () => Promise.reject(new Error('no table')) }
    await expect(idempotent(broken, named).check?.()).rejects.toThrow('no table')
  })

  it('does not wait for ever for the check of a store that does not answer', async () => {
    const clock = manualClock()
    const silent = { ...memoryStore(), check: () => new Promise<never>(() => {}) }
    const checked = idempotent(silent, { scope: 'ship', clock }).check?.()
    await Promise.all([
      expect(checked).rejects.toThrow('the store of handled events does not answer in 20000 ms'),
      clock.advance(20_000),
    ])
  })

  it.each<[string, object, string]>([
    ['no scope', { scope: '' }, '"scope" is missing'],
    ['a lease that is too short', { leaseMs: 10 }, '"leaseMs" is 10: use 1000 or more'],
    ['keeping nothing', { keepMs: 0 }, '"keepMs" is 0'],
    ['to forget before a lease ends', { keepMs: 29_999 }, '"keepMs" (29999) is below "leaseMs" (30000)'],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => idempotent(memoryStore(), { scope: 'ship', ...wrong })).toThrow(message)
  })
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { nearest } from '../../adapters/core/nearest.ts'
import { backoffMs, type Policy, resolvePolicy } from '../../adapters/core/policy.ts'
import { thrownBy } from './events.ts'

describe('a policy', () => {
  it('has a default for everything', () => {
    expect(resolvePolicy({}, 'billing')).toEqual({
      maxAttempts: 5,
      maxAgeMs: Number.POSITIVE_INFINITY,
      backoff: { initialMs: 200, maxMs: 30_000, factor: 2 },
      timeoutMs: 30_000,
      deadLetter: 'dlq.billing',
      concurrency: 16,
      drainMs: 10_000,
    })
  })

  it('takes undefined for the default, and the least that is legal', () => {
    const least = { maxAttempts: 1, maxAgeMs: 1, timeoutMs: 0, concurrency: 1, drainMs: 0 }
    const backoff = { initialMs: 0, maxMs: 0, factor: 1 }
    expect(resolvePolicy({ ...least, backoff, deadLetter: false }, 'g')).toEqual({
      ...least,
      backoff,
      deadLetter: false,
    })
    expect(resolvePolicy({ maxAttempts: undefined, backoff: undefined }, 'g').maxAttempts).toBe(5)
    expect(resolvePolicy({ maxAttempts: Number.POSITIVE_INFINITY }, 'g').maxAttempts).toBe(
      Number.POSITIVE_INFINITY,
    )
  })

  it.each<[Policy, string]>([
    [{ maxAttempts: 0 }, '[waybill] policy "maxAttempts" is 0: use a whole number of 1 or more'],
    [{ maxAttempts: 1.5 }, '[waybill] policy "maxAttempts" is 1.5: use a whole number of 1 or more'],
    [{ maxAttempts: Number.NaN }, '[waybill] policy "maxAttempts" is NaN: use a whole number of 1 or more'],
    [{ maxAgeMs: 0 }, '[waybill] policy "maxAgeMs" is 0: use a number of 1 or more'],
    [{ timeoutMs: -1 }, '[waybill] policy "timeoutMs" is -1: use a number of 0 or more'],
    [{ concurrency: 0 }, '[waybill] policy "concurrency" is 0: use a whole number of 1 or more'],
    [
      { concurrency: Number.POSITIVE_INFINITY },
      '[waybill] policy "concurrency" is Infinity: use a whole number of 1 or more',
    ],
    [{ drainMs: -5 }, '[waybill] policy "drainMs" is -5: use a number of 0 or more'],
    [{ backoff: { factor: 0.5 } }, '[waybill] policy "backoff.factor" is 0.5: use a number of 1 or more'],
    [{ backoff: { initialMs: -1 } }, '[waybill] policy "backoff.initialMs" is -1: use a number of 0 or more'],
    [{ deadLetter: '' }, '[waybill] policy "deadLetter" is empty: use a topic name, or false'],
    [
      JSON.parse('{"maxAttempts":"3"}'),
      '[waybill] policy "maxAttempts" is 3: use a whole number of 1 or more',
    ],
    [JSON.parse('{"attempts":3}'), '[waybill] unknown policy key "attempts": use maxAttempts'],
    [JSON.parse('{"maxattempts":3}'), '[waybill] unknown policy key "maxattempts": use maxAttempts'],
    [JSON.parse('{"dead_letter":"x"}'), '[waybill] unknown policy key "dead_letter": use deadLetter'],
    [
      JSON.parse('{"backoff":{"initial":3}}'),
      '[waybill] unknown policy key "backoff.initial": use initialMs',
    ],
  ])('refuses %j, saying what would be right', (policy, message) => {
    expect(thrownBy(() => resolvePolicy(policy, 'g'))).toMatchObject({ code: 'ERR_CONFIG', message })
  })
})

describe('the waiting time before the next attempt', () => {
  const backoff = { initialMs: 200, maxMs: 1_000, factor: 2 }

  it('doubles up to its limit, cut by up to half', () => {
    expect([1, 2, 3, 4, 50].map((attempt) => backoffMs(backoff, attempt, 1))).toEqual([
      200, 400, 800, 1_000, 1_000,
    ])
    expect([1, 2, 3, 4, 50].map((attempt) => backoffMs(backoff, attempt, 0))).toEqual([
      100, 200, 400, 500, 500,
    ])
  })

  it('stays the same with a factor of one', () => {
    expect([1, 2, 9].map((attempt) => backoffMs({ ...backoff, factor: 1 }, attempt, 1))).toEqual([
      200, 200, 200,
    ])
  })

  it('is never below half, never above the limit, and always a number', () => {
    const arbBackoff = fc.record({
      initialMs: fc.integer({ min: 0, max: 100_000 }),
      maxMs: fc.integer({ min: 0, max: 100_000 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
    })
    const arbRandom = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(arbBackoff, fc.integer({ min: 1, max: 5_000 }), arbRandom, (given, attempt, random) => {
        const wait = backoffMs(given, attempt, random)
        const grown = given.initialMs === 0 ? 0 : given.initialMs * given.factor ** (attempt - 1)
        const full = Math.min(given.maxMs, grown)
        expect(Number.isInteger(wait)).toBe(true)
        expect(wait).toBeGreaterThanOrEqual(full / 2)
        expect(wait).toBeLessThanOrEqual(given.maxMs)
      }),
    )
  })
})

describe('the nearest name', () => {
  it.each([
    ['retainCont', ['redelivery', 'retainCount', 'retainMs'], 'retainCount'],
    ['CAPACITY', ['redelivery', 'capacity'], 'capacity'],
    ['mem', ['kafka', 'memory'], 'memory'],
    ['strict', ['batch', 'url', 'mode'], undefined],
    ['', ['b', 'ab'], undefined],
    ['x', [], undefined],
  ])('to %j among %j is %j', (written, names, name) => {
    expect(nearest(written, names)).toBe(name)
  })
})

import { expect, test } from '@jest/globals'
import type { Delivery } from '../../../adapters/core/driver.ts'
import { memory } from '../../../adapters/index.ts'
import { counter } from '../../../functions/hosts/counts.ts'

const { capabilities } = memory()
const of = (time: number | undefined): Delivery => ({
  message: { body: null, headers: {} },
  topic: 't',
  attempt: 1,
  time,
  signal: new AbortController().signal,
  native: undefined,
})

test('a function is behind by the age of what it takes, and no more once it has caught up', () => {
  let now = 100_000
  const { count, counts } = counter(capabilities, () => now)
  expect(counts().lagMs).toBeUndefined()
  const delivery = of(40_000)
  count({ kind: 'received', delivery, lagMs: 60_000 })
  expect(counts().lagMs).toBe(60_000)
  now += 5_000
  // What waits becomes older.
  expect(counts().lagMs).toBe(65_000)
  count({ kind: 'handled', delivery, attempt: 1, emitted: 0, durationMs: 5_000 })
  // A reader that goes on with a backlog has moments without any.
  expect(counts().lagMs).toBe(60_000)
  now += 10_001
  expect(counts().lagMs).toBe(0)
  count({ kind: 'received', delivery: of(now - 20), lagMs: 20 })
  expect(counts().lagMs).toBe(20)
})

test('how far a function is behind is not known where the broker does not tell', () => {
  const { count, counts } = counter(capabilities)
  count({ kind: 'received', delivery: of(undefined), lagMs: undefined })
  expect(counts().lagMs).toBeUndefined()
})

import { expect, it } from '@jest/globals'
import { DecodeError } from '../../adapters/core/errors.ts'
import { thrownBy } from './events.ts'
import { binding } from './recorded-runner.ts'

/** A message with each of `count` attributes in two headers. */
function repeated(count: number) {
  const headers: Record<string, string> = { 'ce-specversion': '1.0' }
  for (let i = 0; i < count; i++) {
    headers[`ce-${i.toString(36)}`] = ''
    headers[`CE-${i.toString(36)}`] = ''
  }
  return { body: null, headers }
}

function decodeError(count: number): DecodeError {
  const error = thrownBy(() => binding.decode(repeated(count)))
  if (error instanceof DecodeError) return error
  throw error
}

function fastest(run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    run()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

it('a message whose attributes stand in two headers each is refused with a hundred reasons at most', () => {
  const { violations, message } = decodeError(2_000)
  expect(violations).toHaveLength(100)
  expect(message.length).toBeLessThan(20_000)
})

it('refusing many repeated headers takes a few times as long as listing their names', () => {
  const message = repeated(16_000)
  const listing = fastest(() => Object.keys(message.headers))
  // Each compared with all others, they take two hundred times as long.
  expect(fastest(() => thrownBy(() => binding.decode(message))) / listing).toBeLessThan(40)
})

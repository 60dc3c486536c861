import { expect, it } from '@jest/globals'
import { DecodeError } from '../../adapters/core/errors.ts'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { thrownBy } from './events.ts'

const binding = headerBinding({ name: 'test', prefix: 'ce-', foldsCase: true }, { strict: true })

/** A message with each of `count` attributes in two headers. */
function repeated(count: number) {
  const headers: Record<string, string> = { 'ce-specversion': '1.0' }
  for (let i = 0; i < count; i++) {
    headers[`ce-${i.toString(36)}`] = ''
    headers[`CE-${i.toString(36)}`] = ''
  }
  return { body: null, headers }
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

const required = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/', 'ce-type': 't' }

it('a message with thousands of illegal attributes is refused with a hundred reasons at most', () => {
  const names = Array.from({ length: 2_000 }, (_, i) => [`ce-my_${i}`, 'x'])
  const headers = Object.fromEntries([...Object.entries(required), ...names])
  const error = thrownBy(() => binding.decode({ body: null, headers }))
  expect(error).toBeInstanceOf(DecodeError)
  expect(error).toHaveProperty('violations.length', 100)
  expect(String(error).length).toBeLessThan(20_000)
})

it('refusing many repeated headers takes a few times as long as listing their names', () => {
  const message = repeated(16_000)
  const listing = fastest(() => Object.keys(message.headers))
  // Each compared with all others, they take two hundred times as long.
  expect(fastest(() => thrownBy(() => binding.decode(message))) / listing).toBeLessThan(40)
})

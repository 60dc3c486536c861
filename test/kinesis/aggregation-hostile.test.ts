import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { deaggregate, type UserRecord } from '../../adapters/kinesis/aggregation.ts'
import { fastest } from '../fastest.ts'
import { aggregated, bytes, key, number, sealed } from './aggregation-encoder.ts'

/** Whole numbers below a bound, the same in every run (the generator is Marsaglia's xorshift). */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

describe('mutated aggregated records', () => {
  const below = generator(20_260_101)
  const randomBytes = () => Uint8Array.from({ length: below(24) }, () => below(256))

  function userRecords(): Omit<UserRecord, 'subSequenceNumber'>[] {
    return Array.from({ length: 1 + below(4) }, () => ({
      data: randomBytes(),
      partitionKey: `p${below(3)}`,
      ...(below(3) === 0 && { explicitHashKey: `${below(1000)}` }),
      ...(below(4) === 0 && { tags: [{ key: 'k', ...(below(2) === 0 && { value: 'v' }) }] }),
    }))
  }

  const originals = Array.from({ length: 1_000 }, () => aggregated(userRecords()))
  const original = () => originals[below(originals.length)] ?? Uint8Array.of()

  function mutated(data: Uint8Array): Uint8Array {
    const changed = [...data]
    for (let count = Math.max(1, below(4)); count > 0; count--) {
      const at = below(changed.length + 1)
      const kinds = [
        () => changed.splice(at, 1, below(256)),
        () => changed.splice(at, 1, below(8)),
        () => changed.splice(at, 1, (changed[at] ?? 0) ^ (1 << below(8))),
        () => changed.splice(at, 1),
        () => changed.splice(at, 0, below(256)),
        () => changed.splice(at, 0, ...[0xff, 0xff, 0xff, 0xff, 0xff].slice(below(5))),
        () => changed.splice(at, 0, ...changed.slice(below(changed.length + 1)).slice(0, below(16))),
        () => changed.splice(at),
      ]
      kinds[below(kinds.length)]?.()
    }
    return Uint8Array.from(changed)
  }

  function faultOf(data: Uint8Array, found: readonly UserRecord[]): string | undefined {
    if (!isDeepStrictEqual(deaggregate(data), found)) return 'another result the second time'
    if (found.some((record, index) => record.subSequenceNumber !== index)) return 'numbers out of order'
    if (found.some((record) => record.data.buffer !== data.buffer)) return 'copied data'
    const again = found.length === 0 ? [] : deaggregate(aggregated(found))
    return isDeepStrictEqual(again, found) ? undefined : 'another result once packed again'
  }

  it('give the same user records or none, never an exception: 200 000 with a right digest', () => {
    const faults: string[] = []
    let taken = 0
    for (let round = 0; round < 200_000; round++) {
      const message = mutated(original().subarray(4, -16))
      const data = sealed(message)
      const found = deaggregate(data)
      if (found === undefined) continue
      taken++
      const fault = faultOf(data, found)
      if (fault !== undefined) faults.push(`${fault}: ${Buffer.from(message).toString('hex')}`)
    }
    expect(faults).toEqual([])
    // Both ways are walked.
    expect(taken).toBeGreaterThan(20_000)
    expect(taken).toBeLessThan(180_000)
  })

  it('are plain data where the digest is not made anew: 50 000', () => {
    let taken = 0
    for (let round = 0; round < 50_000; round++) {
      const whole = original()
      const data = mutated(whole)
      if (deaggregate(data) !== undefined && !isDeepStrictEqual(data, whole)) taken++
    }
    expect(taken).toBe(0)
  })
})

describe('time on aggregated records made to be slow', () => {
  const times = (count: number, field: Uint8Array) =>
    Buffer.alloc(field.length * count, Uint8Array.from(field))
  const record = bytes(3, number(1, 0), bytes(3, ''))

  it.each<readonly [name: string, make: (size: number) => Uint8Array]>([
    ['a table of empty keys', (size) => sealed(times(size / 2, bytes(1, '')))],
    [
      'both tables and a record that needs the last keys',
      (size) => {
        const count = size / 4
        const last = bytes(3, number(1, count - 1), number(2, count - 1), bytes(3, 'x'))
        return sealed(times(count, bytes(1, '')), times(count, bytes(2, '')), last)
      },
    ],
    [
      'one long key for many records',
      (size) => sealed(bytes(1, 'k'.repeat(size / 2)), times(size / 16, record)),
    ],
    ['the same before the table', (size) => sealed(times(size / 16, record), bytes(1, 'k'.repeat(size / 2)))],
    ['nothing but records', (size) => sealed(times(size / 6, record), bytes(1, ''))],
    [
      'a record of tags',
      (size) =>
        sealed(bytes(1, ''), bytes(3, number(1, 0), bytes(3, ''), times(size / 4, bytes(4, bytes(1, ''))))),
    ],
    [
      'a record of its data over and over',
      (size) => sealed(bytes(1, ''), bytes(3, number(1, 0), times(size / 2, bytes(3, '')))),
    ],
    ['groups side by side', (size) => sealed(times(size / 2, Buffer.concat([key(9, 3), key(9, 4)])))],
    ['groups in groups', (size) => sealed(times(size, key(9, 3)))],
    ['numbers without an end', (size) => sealed(Buffer.alloc(size, 0x80))],
    ['a record wrong at its end', (size) => sealed(bytes(1, ''), times(size / 6, record), Uint8Array.of(0))],
  ])('grows with the size and no faster: %s', (_name, make) => {
    const [small, large] = [make(16_384), make(131_072)]
    let least = Number.POSITIVE_INFINITY
    for (let trial = 0; trial < 4 && least > 16; trial++) {
      const before = Math.max(
        fastest(() => deaggregate(small)),
        0.05,
      )
      least = Math.min(least, fastest(() => deaggregate(large)) / before)
    }
    // Eight times the size: what is quadratic takes 64 times as long.
    expect(least).toBeLessThan(24)
    expect(fastest(() => deaggregate(make(2 ** 20)), 1)).toBeLessThan(2_000)
  })
})

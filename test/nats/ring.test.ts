import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Ring } from '../../adapters/nats/ring.ts'

it('what waits is found by its number until it is taken, however long others wait', () => {
  const arbStep = fc.oneof(
    { weight: 3, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 3, arbitrary: fc.record({ take: fc.nat({ max: 99 }) }) },
    { weight: 1, arbitrary: fc.record({ takeUnknown: fc.nat({ max: 99 }) }) },
  )
  fc.assert(
    fc.property(fc.array(arbStep, { maxLength: 200 }), (steps) => {
      const ring = new Ring<string>(4)
      const model = new Map<number, string>()
      const seen = new Set<number>()
      for (const step of steps) {
        if ('add' in step) {
          for (let i = 0; i < step.add; i++) {
            const item = `item ${seen.size}`
            const number = ring.add(item)
            expect(seen.has(number)).toBe(false)
            seen.add(number)
            model.set(number, item)
          }
        } else if ('take' in step) {
          const number = [...model.keys()][step.take]
          if (number === undefined) continue
          expect(ring.take(number)).toBe(model.get(number))
          model.delete(number)
          expect(ring.take(number)).toBeUndefined()
        } else if (!model.has(step.takeUnknown)) expect(ring.take(step.takeUnknown)).toBeUndefined()
        expect(ring.size).toBe(model.size)
      }
      expect(new Map(ring.entries())).toEqual(model)
    }),
  )
})

it('numbers rise, so that an answer that comes late finds nobody', () => {
  const ring = new Ring<number>(2)
  const numbers = Array.from({ length: 1_000 }, (_, n) => {
    const number = ring.add(n)
    ring.take(number)
    return number
  })
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  expect(new Set(numbers).size).toBe(1_000)
  expect(numbers.map((number) => ring.take(number))).toEqual(numbers.map(() => undefined))
})

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Queue } from '../../adapters/core/queue.ts'

describe('a queue', () => {
  it('behaves as a plain array does, whatever is done to it', () => {
    const arbStep = fc.oneof(
      { weight: 4, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 700 }) }) },
      { weight: 4, arbitrary: fc.record({ take: fc.integer({ min: 0, max: 900 }) }) },
      fc.record({ back: fc.integer({ min: 0, max: 1_500 }) }),
      fc.constant({ shift: true }),
      { weight: 1, arbitrary: fc.constant({ clear: true }) },
    )
    fc.assert(
      fc.property(fc.array(arbStep, { maxLength: 30 }), (steps) => {
        const queue = new Queue<number>()
        let model: number[] = []
        let next = 0
        for (const step of steps) {
          if ('push' in step) {
            for (let i = 0; i < step.push; i++) {
              queue.push(next)
              model.push(next++)
            }
          } else if ('take' in step) expect(queue.take(step.take)).toEqual(model.splice(0, step.take))
          else if ('back' in step) {
            const items = Array.from({ length: step.back }, () => next++)
            queue.putBack(items)
            model = [...items, ...model]
          } else if ('shift' in step) expect(queue.shift()).toBe(model.shift())
          else expect(queue.clear()).toEqual(model.splice(0))
          expect([queue.length, queue.peek()]).toEqual([model.length, model[0]])
        }
        expect(queue.clear()).toEqual(model)
      }),
    )
  })

  it('holds a million items in constant time each', () => {
    const queue = new Queue<number>()
    const started = performance.now()
    for (let i = 0; i < 1_000_000; i++) queue.push(i)
    for (let i = 0; i < 1_000_000; i++) if (queue.shift() !== i) throw new Error('out of order')
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

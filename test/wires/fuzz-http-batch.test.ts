import { expect, it } from '@jest/globals'
import { httpBinding } from '../../adapters/http/binding.ts'
import { faultOfBatch } from './check.ts'
import { sampledEvents } from './corpus.ts'
import { mutated } from './mutation.ts'
import { Random } from './random.ts'

it('batches that no sender should write are events or one clear error', () => {
  const random = new Random(3)
  const events = sampledEvents(60, 5)
  const binding = httpBinding()
  const corpus = [[], events.slice(0, 1), events.slice(1, 4), events].map((some) => binding.encodeBatch(some))
  const faults: string[] = []
  for (let count = 0; count < 20_000 && faults.length < 5; count++) {
    const message = mutated(random.pick(corpus), random)
    const fault = faultOfBatch(binding, message)
    if (fault !== undefined) faults.push(`message ${count}: ${fault}`)
  }
  expect(faults).toEqual([])
}, 60_000)

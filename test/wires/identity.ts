import { beforeAll, describe, expect, it } from '@jest/globals'
import * as z from 'zod'
import { apart } from './apart.ts'
import type { Way } from './equal.ts'

const result = z.object({ events: z.number(), faults: z.array(z.string()) })
const results = z.object({ vectors: result, awkward: result, random: result })

/** Every event comes out of all wires, in any order, as it went in. */
export function describeIdentity(way: Way): void {
  describe(`in mode ${way}, through all wires in twenty random orders`, () => {
    let found: z.infer<typeof results>

    beforeAll(async () => {
      found = results.parse(await apart('identity-program.ts', way))
    }, 300_000)

    it('every event of the vectors comes out equal', () => {
      expect(found.vectors.faults).toEqual([])
      expect(found.vectors.events).toBeGreaterThan(200)
    })

    it('every event that is awkward to carry comes out equal', () => {
      expect(found.awkward.faults).toEqual([])
      expect(found.awkward.events).toBeGreaterThan(200)
    })

    it('every random event comes out equal', () => {
      expect(found.random).toEqual({ events: 2_000, faults: [] })
    })
  })
}

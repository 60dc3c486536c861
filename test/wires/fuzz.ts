import { describe, expect, it } from '@jest/globals'
import * as z from 'zod'
import { apart } from './apart.ts'

const messages = 200_000

const result = z.object({
  faults: z.array(z.string()),
  events: z.number(),
  refused: z.number(),
  warned: z.number(),
  polluted: z.array(z.string()),
})

/** Random and mutated messages through one binding: each is an event or one clear `DecodeError`. */
export function describeFuzz(name: string): void {
  describe(`${messages} messages that no sender should write, read by ${name}`, () => {
    it('are events, which are written and read again as they are, or one clear error each', async () => {
      const { faults, polluted, ...seen } = result.parse(
        await apart('fuzz-program.ts', name, String(messages)),
      )
      expect(faults).toEqual([])
      expect(polluted).toEqual([])
      // Messages of one kind only would show little.
      expect(seen.events).toBeGreaterThan(messages / 10)
      expect(seen.refused).toBeGreaterThan(messages / 10)
      expect(seen.warned).toBeGreaterThan(messages / 50)
    }, 300_000)
  })
}

import * as z from 'zod'
import { type CloudEvent, derive, type Handler, TerminalError } from '../../adapters/core/index.ts'
import { parseOptions } from '../options.ts'

/** Settings of `relay`. */
export interface RelayOptions {
  /**
   * Relays that an event may pass, this one included: 1 or more. 1 is for two brokers that mirror each other. `false` does
   * not count, and so leaves every attribute as it is. Default 8.
   */
  readonly maxHops?: number | false | undefined
  /** What becomes of an event that has passed so many: `dead-letter` (default), or `skip`, which acknowledges it. */
  readonly beyond?: 'dead-letter' | 'skip' | undefined
}

const schema = z
  .strictObject({
    maxHops: z.custom<number | false>(isLimit).describe('a whole number of 1 or more, or false').optional(),
    beyond: z.enum(['dead-letter', 'skip']).describe('dead-letter or skip').optional(),
  })
  .describe('{ maxHops, beyond }')

/**
 * Forwards events to the sink, whatever broker or webhook that is: attributes and the bytes of the data stay as they are.
 * How many relays an event has passed is counted in its extension `relayhops`, so that relays which feed one another end.
 * Throws `ERR_CONFIG` for wrong options.
 */
export function createHandler(options: RelayOptions = {}): Handler {
  const { maxHops = 8, beyond = 'dead-letter' } = parseOptions('relay', schema, options)
  if (maxHops === false) return (event) => event
  return (event) => {
    const hops = hopsOf(event)
    if (hops < maxHops) return derive(event, { id: event.id, time: event.time, relayhops: hops + 1 })
    if (beyond === 'skip') return undefined
    throw new TerminalError(
      `event ${event.id} has passed ${hops} relays: see whether they feed one another, or raise "maxHops"`,
    )
  }
}

function isLimit(value: unknown): boolean {
  return value === false || (Number.isSafeInteger(value) && Number(value) >= 1)
}

/** A header carries the number as a text. */
function hopsOf({ id, relayhops = 0 }: CloudEvent): number {
  const hops = typeof relayhops === 'string' && /^\d+$/.test(relayhops) ? Number(relayhops) : relayhops
  if (typeof hops === 'number' && Number.isSafeInteger(hops) && hops >= 0) return hops
  throw new TerminalError(`event ${id} has a "relayhops" that is no count: leave that extension to relays`)
}

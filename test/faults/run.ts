import type { Kind } from './kinds.ts'
import type { Tally } from './ledger.ts'
import { openWorld, type Servers } from './world.ts'

/** What one fault did to one broker. */
export interface Report extends Tally {
  readonly broker: string
  readonly fault: string
  /** From starting the servers to the last event. */
  readonly seconds: number
}

/**
 * Breaks one thing, on servers of its own where none are given. Rejects where there is no such fault, or it was not met as
 * it must be.
 */
export async function runScenario(
  kind: Kind,
  fault: string,
  events: number,
  servers?: Servers,
): Promise<Report> {
  const scenario = kind.scenarios[fault]
  if (scenario === undefined) throw new Error(`${kind.broker} has no fault "${fault}"`)
  const started = performance.now()
  await using world = await openWorld(kind, events, servers)
  const { sent, handled, lost, duplicates, reordered } = await scenario(world)
  const seconds = Math.round((performance.now() - started) / 100) / 10
  return { broker: kind.broker, fault, sent, handled, lost, duplicates, reordered, seconds }
}

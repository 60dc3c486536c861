import type { LocalServer } from '../../dev/index.ts'
import type { Kind } from './kinds.ts'
import type { Tally } from './ledger.ts'
import { openWorld } from './world.ts'

/** What one fault did to one broker. */
export interface Report extends Tally {
  readonly broker: string
  readonly fault: string
  /** From starting the server to the last event. */
  readonly seconds: number
}

/**
 * Breaks one thing, on a server of its own where none is given. Rejects where there is no such fault, or it was not met as
 * it must be.
 */
export async function runScenario(
  kind: Kind,
  fault: string,
  events: number,
  server?: LocalServer,
): Promise<Report> {
  const scenario = kind.scenarios[fault]
  if (scenario === undefined) throw new Error(`${kind.broker} has no fault "${fault}"`)
  const started = performance.now()
  await using world = await openWorld(kind, events, server)
  const { sent, handled, lost, duplicates, reordered } = await scenario(world)
  const seconds = Math.round((performance.now() - started) / 100) / 10
  return { broker: kind.broker, fault, sent, handled, lost, duplicates, reordered, seconds }
}

import type { Tally } from './ledger.ts'
import type { World } from './world.ts'

/** Breaks something while events flow; resolves with what came of them. Rejects where the fault was not met as it must be. */
export type Scenario = (world: World) => Promise<Tally>

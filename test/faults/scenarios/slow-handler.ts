import { setTimeout as pause } from 'node:timers/promises'
import type { Handler } from '../../../adapters/index.ts'
import { attemptOf } from '../attempt.ts'
import { Ledger } from '../ledger.ts'
import { readInto } from '../load.ts'
import { publishAll } from '../publishers.ts'
import type { Scenario } from '../scenario.ts'
import { waitFor } from '../until.ts'

/** By so much a slow handler outlasts the lease. */
const longerMs = 2_000
const load = { events: 400, publishers: 4, keys: 1, batch: 10 }

/** Some handlers take longer than a silent reader may hold what it was given. */
export const slowHandler: Scenario = async (world) => {
  const { leaseMs } = world.kind
  const [ledger, source] = [new Ledger(), await world.source('slow-handler')]
  const handler: Handler = async (event, context) => {
    if (event.id.endsWith('#7')) await pause(leaseMs + longerMs)
    ledger.handled(event.id, attemptOf(event, context))
  }
  readInto(ledger, await world.open(), source, handler)
  await publishAll(await world.open(), source.topic, ledger, load)
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

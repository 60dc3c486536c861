import { Ledger } from '../ledger.ts'
import { loadOf, readInto } from '../load.ts'
import { publishAll } from '../publishers.ts'
import type { Scenario } from '../scenario.ts'
import { waitFor } from '../until.ts'

/** The server is killed and restarted at a third and at half of the events, while they are published and read. */
export const serverKilled: Scenario = async (world) => {
  const { server, events } = world
  const [ledger, source] = [new Ledger(), await world.source('server-killed')]
  readInto(ledger, await world.open(), source)
  const publishing = publishAll(await world.open(), source.topic, ledger, loadOf(events))
  for (const mark of [events / 3, events / 2]) {
    await waitFor(() => ledger.sentCount >= mark)
    await server.kill()
    await server.restart()
  }
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

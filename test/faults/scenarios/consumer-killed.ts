import { Ledger } from '../ledger.ts'
import { loadOf } from '../load.ts'
import { killAndRestart, startConsumer } from '../process.ts'
import { publishAll } from '../publishers.ts'
import type { Scenario } from '../scenario.ts'
import { waitFor } from '../until.ts'

/** A process that reads is killed in the middle of a batch, twice, and another one takes over. */
export const consumerKilled: Scenario = async (world) => {
  const { events } = world
  const [ledger, source] = [new Ledger(), await world.source('consumer-killed')]
  const publishing = publishAll(await world.open(), source.topic, ledger, loadOf(events))
  await using consumer = killAndRestart(
    () => startConsumer(world.url(), source, (id, attempt) => ledger.handled(id, attempt)),
    { at: [events / 4, events / 2], reached: () => ledger.handledCount },
  )
  await consumer.killed
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

import { Ledger } from '../ledger.ts'
import { loadOf, readInto } from '../load.ts'
import { killAndRestart, startRelay } from '../process.ts'
import { publishAll } from '../publishers.ts'
import type { Scenario } from '../scenario.ts'
import { waitFor } from '../until.ts'

const results = { topic: 'worker-killed-results', group: 'worker-killed-readers' }

/**
 * `waybill run` with a function that passes events on is killed in the middle of its work, twice, and started again. What
 * arrives in its sink is counted, so that an event acknowledged before its result was confirmed would be lost.
 */
export const workerKilled: Scenario = async (world) => {
  const { events } = world
  const ledger = new Ledger()
  const sender = await world.open()
  const source = { topic: 'worker-killed', group: 'relay' }
  const topics = [source.topic, results.topic, `dlq.${source.group}`, `dlq.${results.group}`]
  await sender.ensure({ topics, groups: [source, results] })
  readInto(ledger, await world.open(), results)
  const publishing = publishAll(sender, source.topic, ledger, loadOf(events))
  await using worker = killAndRestart(() => startRelay(world.url()), {
    at: [events / 4, events / 2],
    reached: () => ledger.handledCount,
  })
  await worker.killed
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

import { Ledger } from '../ledger.ts'
import { loadOf, readInto } from '../load.ts'
import { publishAll } from '../publishers.ts'
import type { Scenario } from '../scenario.ts'
import { waitFor } from '../until.ts'

/** A second and a third reader of the group join, and leave, while events flow. */
export const readersComeAndGo: Scenario = async (world) => {
  const { events } = world
  const [ledger, source] = [new Ledger(), await world.source('readers-come-and-go')]
  readInto(ledger, await world.open(), source)
  const publishing = publishAll(await world.open(), source.topic, ledger, loadOf(events))
  for (let round = 0; round < 3; round++) {
    const brokers = [await world.open(), await world.open()]
    const subscriptions = brokers.map((broker) => readInto(ledger, broker, source))
    const mark = Math.min(ledger.handledCount + events / 8, events - 1)
    await waitFor(() => ledger.handledCount >= mark, 20_000)
    for (const subscription of subscriptions) await subscription.close()
  }
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

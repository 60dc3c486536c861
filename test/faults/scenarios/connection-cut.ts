import { startProxy } from '../../../dev/proxy.ts'
import { Ledger } from '../ledger.ts'
import { loadOf, readInto } from '../load.ts'
import { publishAll } from '../publishers.ts'
import type { Scenario } from '../scenario.ts'
import { waitFor } from '../until.ts'

/** The publisher's connection is cut when the server has a batch and answers, so that the answer never arrives; five times. */
export const connectionCut: Scenario = async (world) => {
  const events = Math.ceil(world.events / 4)
  const { detour } = world.server
  if (detour === undefined) throw new Error('the server is not ours, so that no connection can be cut')
  const [ledger, source] = [new Ledger(), await world.source('connection-cut')]
  await using proxy = await startProxy(detour)
  const sender = await world.open({ address: proxy.address })
  readInto(ledger, await world.open(), source)
  const publishing = publishAll(sender, source.topic, ledger, loadOf(events))
  for (let cut = 1; cut <= 5; cut++) {
    await waitFor(() => ledger.sentCount >= (events * cut) / 6, 20_000)
    // Once all is published there is nothing left to cut.
    await Promise.race([proxy.cutAtAnswer(), publishing])
  }
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

import { setTimeout as pause } from 'node:timers/promises'
import { startProxy } from '../../../../dev/index.ts'
import { Ledger } from '../../ledger.ts'
import { loadOf, readInto } from '../../load.ts'
import { publishAll } from '../../publishers.ts'
import type { Scenario } from '../../scenario.ts'
import { waitFor } from '../../until.ts'

const cuts = 3
const cutMs = 500

/** A reader's connection is reset while messages and acknowledgements are on their way, and stays so for half a second; three times. */
export const readerCut: Scenario = async (world) => {
  const events = Math.ceil(world.events / 2)
  const { detour } = world.server
  if (detour === undefined) throw new Error('the server is not ours, so that no connection can be cut')
  const [ledger, source] = [new Ledger(), await world.source('reader-cut')]
  await using proxy = await startProxy(detour)
  readInto(ledger, await world.open({ address: proxy.address }), source)
  const publishing = publishAll(await world.open(), source.topic, ledger, loadOf(events))
  for (let cut = 1; cut <= cuts; cut++) {
    const mark = (events * cut) / (cuts + 2)
    if (!(await waitFor(() => ledger.handledCount >= mark && proxy.connections > 0)))
      throw new Error('the reader has no connection that could be cut')
    proxy.cut()
    await pause(cutMs)
    proxy.restore()
  }
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

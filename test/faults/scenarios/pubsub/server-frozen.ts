import { setTimeout as pause } from 'node:timers/promises'
import { startProxy } from '../../../../dev/index.ts'
import { Ledger } from '../../ledger.ts'
import { loadOf, readInto } from '../../load.ts'
import { publishAll } from '../../publishers.ts'
import type { Scenario } from '../../scenario.ts'
import { waitFor } from '../../until.ts'

/** By so much longer than the ack deadline the server is frozen, and so long it is cut off. */
const longerMs = 2_000
const cutMs = 1_500

/**
 * The server is stopped from running (SIGSTOP) for longer than the ack deadline while events flow both ways, goes on, and is cut
 * off for a while after that. What was held belongs to nobody by then and comes again; requests that were not answered in time
 * are made again, so that what the server had taken is stored twice.
 */
export const serverFrozen: Scenario = async (world) => {
  const events = Math.ceil(world.events / 2)
  const { server, kind } = world
  if (server.detour === undefined) throw new Error('the server is not ours, so that it cannot be frozen')
  const [ledger, source] = [new Ledger(), await world.source('server-frozen')]
  await using proxy = await startProxy(server.detour)
  const { address } = proxy
  readInto(ledger, await world.open({ address }), source)
  const publishing = publishAll(await world.open({ address }), source.topic, ledger, loadOf(events))
  await waitFor(() => ledger.handledCount >= events / 4)
  server.pause()
  const before = ledger.sentCount
  await pause(kind.leaseMs + longerMs)
  if (ledger.sentCount > before + unheard) throw new Error('a server that was frozen confirmed events')
  server.resume()
  await waitFor(() => ledger.sentCount >= (events * 2) / 3)
  proxy.cut()
  await pause(cutMs)
  proxy.restore()
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

/** Confirmations that were on their way when it was stopped, at most: a batch of every publisher. */
const unheard = 20 * 10

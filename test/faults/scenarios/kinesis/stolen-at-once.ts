import { kinesis } from '../../../../adapters/kinesis/index.ts'
import type { LeaseStore } from '../../../../adapters/kinesis/lease-store.ts'
import { Ledger } from '../../ledger.ts'
import { loadOf, readInto } from '../../load.ts'
import { startConsumer } from '../../process.ts'
import { publishAll } from '../../publishers.ts'
import type { Scenario } from '../../scenario.ts'
import { waitFor } from '../../until.ts'
import { leasesOf } from './clients.ts'

const forMs = 4_000
const thieves = 2
/** A worker that found nobody to steal with steals alone after this time, in milliseconds. */
const aloneMs = 300

/**
 * A process that has every lease is killed, and two workers that wait for it take the same leases at the same moment. Of
 * each, one may get it.
 */
export const stolenAtOnce: Scenario = async (world) => {
  const { events } = world
  const [ledger, source] = [new Ledger(), await world.source('stolen-at-once')]
  const steals = stealsOf(leasesOf(world))
  const owner = startConsumer(world.url(), source, (id, attempt) => ledger.handled(id, attempt))
  const publishing = publishAll(await world.open(), source.topic, ledger, { ...loadOf(events), forMs })
  await waitFor(() => ledger.handledCount >= events / 4)
  owner.kill('SIGKILL')
  await owner.ended
  const { leaseMs } = world.kind
  const options = { region: 'us-east-1', endpoint: `http://${world.server.address}`, leases: steals.store }
  for (let thief = 0; thief < thieves; thief++) {
    const broker = await kinesis({ ...options, leaseMs, renewMs: 150, checkpointMs: 100, pollMs: 20 })
    world.keep(broker)
    readInto(ledger, broker, source)
  }
  await publishing
  await waitFor(() => ledger.isComplete)
  const tries = [...steals.tries.values()]
  if (!tries.some((wins) => wins.length === thieves)) throw new Error('no lease was stolen twice at once')
  if (tries.some((wins) => wins.filter(Boolean).length > 1)) throw new Error('a lease was given to two')
  return ledger.tally()
}

/** Lets writes that take a lease wait for each other; tells which of them came through, by what they saw. */
function stealsOf(store: LeaseStore) {
  const tries = new Map<string, boolean[]>()
  const waiting = new Map<string, number>()
  const wrapped: LeaseStore = {
    ...store,
    async write(reader, lease, seen) {
      const found = (await store.list(reader)).find(({ name }) => name === lease.name)
      const isTaken = lease.name.startsWith('shardId-') && lease.owner !== found?.owner
      if (!isTaken || lease.owner === undefined) return store.write(reader, lease, seen)
      const what = `${lease.name} ${seen}`
      waiting.set(what, (waiting.get(what) ?? 0) + 1)
      await waitFor(() => (waiting.get(what) ?? 0) >= thieves, aloneMs)
      const wins = tries.get(what) ?? []
      tries.set(what, wins)
      const isWon = await store.write(reader, lease, seen)
      wins.push(isWon)
      return isWon
    },
  }
  return { store: wrapped, tries }
}

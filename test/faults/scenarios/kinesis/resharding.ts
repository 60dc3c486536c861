import type { Kinesis } from '@aws-sdk/client-kinesis'
import { merge, resize, split, untilShards } from '../../../kinesis/reshard.ts'
import { Ledger } from '../../ledger.ts'
import { loadOf, readInto } from '../../load.ts'
import { partOf, publishAll } from '../../publishers.ts'
import type { Scenario } from '../../scenario.ts'
import { waitFor } from '../../until.ts'
import { openWorld, type World } from '../../world.ts'
import { streamsOf } from './clients.ts'

/** Time over which an eighth of the events is sent. */
const forMs = 250
const before = 4

interface Change {
  readonly name: string
  /** Shards that are open afterwards. */
  readonly after: number
  /** Events of one `publish`. Default that of the load. */
  readonly batch?: number
  readonly make: (native: Kinesis, topic: string) => Promise<void>
}

/** One shard becomes two. */
export const shardSplit: Scenario = (world) => reshard(world, { name: 'shard-split', after: 5, make: split })

/** Two shards become one. */
export const shardsMerged: Scenario = (world) =>
  reshard(world, { name: 'shards-merged', after: 3, make: merge })

/**
 * Every shard becomes two, on kinesis-local: kinesalite has no `UpdateShardCount`. What it takes goes by
 * the number of records, so each holds more events.
 */
export const shardsDoubled: Scenario = async ({ kind, events }) => {
  await using world = await openWorld({ ...kind, server: 'kinesis' }, events)
  return await reshard(world, {
    name: 'shards-doubled',
    after: 8,
    batch: 50,
    make: (native, topic) => resize(native, topic, 8),
  })
}

/** Shards change while events flow, before and after too, and two workers read; those that came of others must be read as well. */
async function reshard(world: World, { name, after, batch, make }: Change) {
  const { events } = world
  const [ledger, source] = [new Ledger(), await world.source(name)]
  const native = streamsOf(world)
  const lanes = new Set<string | undefined>()
  for (let reader = 0; reader < 2; reader++) {
    readInto(ledger, await world.open(), source, ({ id }, { attempt, delivery }) => {
      lanes.add(delivery.lane)
      ledger.handled(id, attempt)
    })
  }
  const sender = await world.open()
  let isChanged = false
  const changing = change().finally(() => {
    isChanged = true
  })
  const load = loadOf(partOf(events))
  const part = load.events
  const send = (from: number) =>
    publishAll(sender, source.topic, ledger, { ...load, batch: batch ?? load.batch, from, forMs })
  let sent = 0
  for (; sent < events || !isChanged; sent += part) await send(sent)
  await changing
  await send(sent)
  native.destroy()
  await waitFor(() => ledger.isComplete)
  if (lanes.size <= before) throw new Error(`of ${before} shards came others, and ${lanes.size} were read`)
  return ledger.tally()

  async function change(): Promise<void> {
    await waitFor(() => ledger.handledCount >= events / 4)
    await make(native, source.topic)
    await untilShards(native, source.topic, after)
  }
}

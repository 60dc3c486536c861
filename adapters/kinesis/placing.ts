import type { Shard } from '@aws-sdk/client-kinesis'
import type { StartPosition } from '../core/driver.ts'
import type { Client } from './client.ts'
import type { Lease, LeaseStore } from './lease-store.ts'
import { checkpointOf, shardEnd } from './position.ts'
import { problem } from './problem.ts'
import { descendantsOf, isClosed } from './shards.ts'
import { listShards, missingStream, named } from './streams.ts'

/** The row that says that the group has begun: a shard without a row is one that came later. */
export const beginning = 'start'

export interface Place {
  readonly client: Client
  readonly store: LeaseStore
  /** Names the rows of a group's reading of a stream. */
  readonly reader: string
  readonly topic: string
}

/** What names the rows of a group's reading of a stream. */
export function readerOf(topic: string, group: string): string {
  return `${topic}/${group}`
}

/** Attempts to write a row that others write as well. */
const writeAttempts = 50

/**
 * Gives each shard the checkpoint of a start position, where the group has none: all of them when it begins, later those that
 * came of others, which are read from their beginning. Returns the rows.
 */
export async function placeNew(
  place: Place,
  shards: readonly Shard[],
  start: StartPosition,
): Promise<readonly Lease[]> {
  const { store, reader } = place
  const rows = await store.list(reader)
  const known = new Set(rows.map(({ name }) => name))
  const hasBegun = known.has(beginning)
  const missing = shards.filter(({ ShardId = '' }) => !known.has(ShardId))
  if (hasBegun && missing.length === 0) return rows
  const checkpoints = hasBegun
    ? new Map(missing.map(({ ShardId = '' }) => [ShardId, checkpointOf({ kind: 'earliest' })]))
    : await checkpointsAt(place, shards, start, 'earliest')
  await Promise.all(
    missing.map(({ ShardId: name = '' }) =>
      // Where it is refused, another worker was first, with the same.
      store.write(reader, { name, counter: 1, checkpoint: checkpoints.get(name) }, undefined),
    ),
  )
  if (!hasBegun) await store.write(reader, { name: beginning, counter: 1 }, undefined)
  return store.list(reader)
}

/**
 * Moves a group, whoever reads: the counter grows, so that the writes of those who hold a lease are refused, and they begin
 * anew where the row says. They keep their shards, and nobody else reads these while their handlers end.
 */
export async function move(place: Place, to: StartPosition): Promise<void> {
  const { client, store, reader, topic } = place
  const shards = await listShards(client, topic)
  const checkpoints = await checkpointsAt(place, shards, to, undefined)
  await Promise.all(
    [...checkpoints].map(async ([name, checkpoint]) => {
      for (let attempt = 0; attempt < writeAttempts; attempt++) {
        const found = (await store.list(reader)).find((row) => row.name === name)
        const counter = (found?.counter ?? 0) + 1
        if (await store.write(reader, { name, owner: found?.owner, counter, checkpoint }, found?.counter))
          return
      }
      throw problem('ERR_TIMEOUT', `the position of ${name} could not be written: try again`)
    }),
  )
  const rows = await placeNew(place, shards, 'earliest')
  if (!rows.some(({ name }) => name === beginning))
    await store.write(reader, { name: beginning, counter: 1 }, undefined)
}

/** The checkpoint of each shard at a start position; a position is one shard's, and the others get `elsewhere`. */
async function checkpointsAt(
  place: Place,
  shards: readonly Shard[],
  to: StartPosition,
  elsewhere: 'earliest' | undefined,
): Promise<ReadonlyMap<string, string>> {
  const of = (shard: Shard) => shard.ShardId ?? ''
  const earliest = checkpointOf({ kind: 'earliest' })
  if (to === 'earliest') return new Map(shards.map((shard) => [of(shard), earliest]))
  if (to === 'latest') {
    const found = shards.map(async (shard): Promise<[string, string]> => [of(shard), await end(place, shard)])
    return new Map(await Promise.all(found))
  }
  if ('time' in to) {
    const checkpoint = checkpointOf({ kind: 'time', time: Math.max(0, Math.ceil(to.time)) })
    return new Map(shards.map((shard) => [of(shard), checkpoint]))
  }
  const [, sequence, sub = '0'] = /^(\d{1,129})(?:#(\d{1,9}))?$/.exec(to.position) ?? []
  if (sequence === undefined)
    throw problem('ERR_CONFIG', `"${to.position}" is not a position: use one that a delivery had`)
  const shard = shardOf(place.topic, to.lane, shards.map(of))
  const after = descendantsOf(shards, shard)
  const checkpoints = new Map<string, string>()
  for (const name of shards.map(of)) {
    if (name === shard) checkpoints.set(name, checkpointOf({ kind: 'at', sequence, sub: Number(sub) }))
    else if (after.has(name) || elsewhere !== undefined) checkpoints.set(name, earliest)
  }
  return checkpoints
}

/** An iterator is the exact end of an open shard; the moment is for when it has expired. */
async function end({ client, topic }: Place, shard: Shard): Promise<string> {
  if (isClosed(shard)) return shardEnd
  const time = Date.now()
  const circumstances = { permission: 'kinesis:GetShardIterator', missing: missingStream(client, topic) }
  const { ShardIterator: iterator } = await client.call(
    `looking up the end of "${topic}"`,
    circumstances,
    () =>
      client.native.getShardIterator({
        ...named(topic),
        ShardId: shard.ShardId,
        ShardIteratorType: 'LATEST',
      }),
  )
  return checkpointOf({ kind: 'latest', time, iterator })
}

function shardOf(topic: string, lane: string | undefined, shards: readonly string[]): string {
  const [only] = shards
  if (lane === undefined && shards.length === 1 && only !== undefined) return only
  const found = shards.find((shard) => shard === lane)
  if (found !== undefined) return found
  const given = lane === undefined ? 'a position needs its lane' : `there is no lane "${lane}"`
  throw problem(
    'ERR_CONFIG',
    `"${topic}" has ${shards.length} shards, and ${given}: use that of the delivery`,
  )
}

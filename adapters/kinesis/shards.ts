import type { Shard } from '@aws-sdk/client-kinesis'

/** The shards that a shard came of: two after a merge. */
export function parentsOf({ ParentShardId, AdjacentParentShardId }: Shard): readonly string[] {
  return [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined)
}

/** Takes no more records: it was split or merged. */
export function isClosed({ SequenceNumberRange }: Shard): boolean {
  return SequenceNumberRange?.EndingSequenceNumber !== undefined
}

/** The names of all shards that came of one, directly or not. */
export function descendantsOf(shards: readonly Shard[], shard: string): ReadonlySet<string> {
  const found = new Set<string>()
  const add = (parent: string) => {
    for (const child of shards) {
      const { ShardId } = child
      if (ShardId === undefined || found.has(ShardId) || !parentsOf(child).includes(parent)) continue
      found.add(ShardId)
      add(ShardId)
    }
  }
  add(shard)
  return found
}

/**
 * The shards that may be read, given those that are read to their end: parents come before children, so that a key, which
 * moves from one to the other, keeps its order. Parents that are no longer listed have lost their records to retention.
 */
export function readableShards(shards: readonly Shard[], ended: ReadonlySet<string>): readonly string[] {
  const listed = new Set(shards.map(({ ShardId }) => ShardId))
  return shards.flatMap((shard) => {
    const { ShardId } = shard
    if (ShardId === undefined || ended.has(ShardId)) return []
    return parentsOf(shard).every((parent) => ended.has(parent) || !listed.has(parent)) ? [ShardId] : []
  })
}

/** Whether a shard was read to its end and the shards that came of it are not known yet. */
export function lacksChildren(shards: readonly Shard[], ended: ReadonlySet<string>): boolean {
  const parents = new Set(shards.flatMap(parentsOf))
  return shards.some(({ ShardId }) => ShardId !== undefined && ended.has(ShardId) && !parents.has(ShardId))
}

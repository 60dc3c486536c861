import { setTimeout as pause } from 'node:timers/promises'
import type { Kinesis, Shard } from '@aws-sdk/client-kinesis'

const activeMs = 20_000

/** Cuts a shard in the middle of its keys. */
export async function split(native: Kinesis, topic: string): Promise<void> {
  const [shard] = await openShards(native, topic)
  const { StartingHashKey: low = '0', EndingHashKey: high = '0' } = shard?.HashKeyRange ?? {}
  await native.splitShard({
    StreamName: topic,
    ShardToSplit: shard?.ShardId,
    NewStartingHashKey: String((BigInt(low) + BigInt(high)) / 2n),
  })
}

/** Makes one of two shards that lie side by side. */
export async function merge(native: Kinesis, topic: string): Promise<void> {
  const shards = await openShards(native, topic)
  const nextTo = ({ HashKeyRange }: Shard) => {
    const next = String(BigInt(HashKeyRange?.EndingHashKey ?? '0') + 1n)
    return shards.find((other) => other.HashKeyRange?.StartingHashKey === next)
  }
  const one = shards.find((shard) => nextTo(shard) !== undefined)
  const other = one && nextTo(one)
  await native.mergeShards({
    StreamName: topic,
    ShardToMerge: one?.ShardId,
    AdjacentShardToMerge: other?.ShardId,
  })
}

/** `UpdateShardCount`, which kinesalite does not have. */
export async function resize(native: Kinesis, topic: string, shards: number): Promise<void> {
  await native.updateShardCount({
    StreamName: topic,
    TargetShardCount: shards,
    ScalingType: 'UNIFORM_SCALING',
  })
}

/** Waits until a stream may be changed again and has so many shards that are open. */
export async function untilShards(native: Kinesis, topic: string, shards: number): Promise<void> {
  const deadline = performance.now() + activeMs
  for (;;) {
    const { StreamDescriptionSummary: found } = await native.describeStreamSummary({ StreamName: topic })
    const open = await openShards(native, topic)
    if (found?.StreamStatus === 'ACTIVE' && open.length === shards) return
    if (performance.now() > deadline)
      throw new Error(`${topic} is ${found?.StreamStatus} with ${open.length} open shards, not ${shards}`)
    await pause(20)
  }
}

async function openShards(native: Kinesis, topic: string): Promise<readonly Shard[]> {
  const { Shards = [] } = await native.listShards({ StreamName: topic })
  return Shards.filter(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined)
}

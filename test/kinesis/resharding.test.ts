import { expect, it } from '@jest/globals'
import type { Broker } from '../../adapters/core/broker.ts'
import { createEvent } from '../../adapters/core/event.ts'
import type { KinesisBroker } from '../../adapters/kinesis/index.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { type Kind, newStream, openKinesis } from './server.ts'

const keys = 24

/** Publishes numbered events under keys while something happens; returns how many. */
async function publishWhile(broker: Broker, topic: string, work: () => Promise<void>): Promise<number> {
  let isDone = false
  const working = work().finally(() => {
    isDone = true
  })
  let sent = 0
  while (!isDone) {
    const events = Array.from({ length: 50 }, () => {
      const n = sent++
      return createEvent({ type: 'n', source: '/n', id: String(n), partitionkey: `key-${n % keys}` })
    })
    await broker.publish(topic, events)
  }
  await working
  return sent
}

/** Reads with two workers; tells what came, by key, in the order of the handlers. */
function readers(brokers: readonly Broker[], topic: string) {
  const byKey = new Map<string, number[]>()
  const lanes = new Set<string>()
  const seen = new Set<number>()
  const subscriptions = brokers.map((broker) =>
    broker.subscribe({ topic, group: 'g' }, ({ id, partitionkey }, { delivery }) => {
      const key = String(partitionkey)
      const n = Number(id)
      lanes.add(delivery.lane ?? '')
      if (seen.has(n)) return
      seen.add(n)
      byKey.set(key, [...(byKey.get(key) ?? []), n])
    }),
  )
  const close = () => Promise.all(subscriptions.map((subscription) => subscription.close()))
  return { byKey, lanes, seen, close }
}

async function openShards({ native }: KinesisBroker, topic: string) {
  const { Shards = [] } = await native.listShards({ StreamName: topic })
  return Shards.filter(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined)
}

async function active(broker: KinesisBroker, topic: string, shards: number): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const { StreamDescriptionSummary: found } = await broker.native.describeStreamSummary({
      StreamName: topic,
    })
    const open = await openShards(broker, topic)
    if (found?.StreamStatus === 'ACTIVE' && open.length === shards) return
    if (Date.now() > deadline) throw new Error(`${found?.StreamStatus} with ${open.length} open shards`)
  }
}

async function split(broker: KinesisBroker, topic: string): Promise<void> {
  const [shard] = await openShards(broker, topic)
  const { StartingHashKey: low = '0', EndingHashKey: high = '0' } = shard?.HashKeyRange ?? {}
  await broker.native.splitShard({
    StreamName: topic,
    ShardToSplit: shard?.ShardId,
    NewStartingHashKey: String((BigInt(low) + BigInt(high)) / 2n),
  })
}

async function merge(broker: KinesisBroker, topic: string): Promise<void> {
  const shards = await openShards(broker, topic)
  const nextTo = (shard: (typeof shards)[number]) => {
    const next = String(BigInt(shard.HashKeyRange?.EndingHashKey ?? '0') + 1n)
    return shards.find(({ HashKeyRange }) => HashKeyRange?.StartingHashKey === next)
  }
  const one = shards.find((shard) => nextTo(shard) !== undefined)
  const other = one && nextTo(one)
  await broker.native.mergeShards({
    StreamName: topic,
    ShardToMerge: one?.ShardId,
    AdjacentShardToMerge: other?.ShardId,
  })
}

async function survives(
  kind: Kind,
  reshard: (broker: KinesisBroker, topic: string) => Promise<void>,
): Promise<ReadonlySet<string>> {
  const topic = await newStream(kind, 2)
  await using publisher = await openKinesis(kind)
  await using one = await openKinesis(kind)
  await using two = await openKinesis(kind)
  const { byKey, lanes, seen, close } = readers([one, two], topic)
  const sent = await publishWhile(publisher, topic, async () => {
    await eventually('100 events', () => seen.size > 100, 10_000)
    const before = seen.size
    await reshard(publisher, topic)
    await eventually('events after the change', () => seen.size > before + 100, 20_000)
  })
  await eventually(`${sent} events`, () => seen.size === sent, 20_000)
  for (const handled of byKey.values()) expect(handled).toEqual([...handled].sort((a, b) => a - b))
  expect(byKey.size).toBe(keys)
  await close()
  return lanes
}

await describeWith('kinesalite', 'resharding under load', () => {
  it('loses nothing and keeps the order of keys when a shard is split and when two are merged', async () => {
    const lanes = await survives('kinesalite', async (broker, topic) => {
      await split(broker, topic)
      await active(broker, topic, 3)
      await merge(broker, topic)
      await active(broker, topic, 2)
    })
    expect(lanes.size).toBe(5)
  }, 60_000)
})

await describeWith('kinesis', 'a doubling of shards under load', () => {
  it('loses nothing and keeps the order of keys', async () => {
    const lanes = await survives('kinesis', async (broker, topic) => {
      const request = { StreamName: topic, TargetShardCount: 4, ScalingType: 'UNIFORM_SCALING' } as const
      await broker.native.updateShardCount(request)
      await active(broker, topic, 4)
    })
    expect(lanes.size).toBeGreaterThanOrEqual(6)
  }, 60_000)
})

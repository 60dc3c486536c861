import { expect, it } from '@jest/globals'
import type { Broker } from '../../adapters/core/broker.ts'
import { createEvent } from '../../adapters/core/event.ts'
import type { KinesisBroker } from '../../adapters/kinesis/index.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { merge, resize, split, untilShards } from './reshard.ts'
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

async function survives(
  kind: Kind,
  reshard: (native: KinesisBroker['native'], topic: string) => Promise<void>,
): Promise<ReadonlySet<string>> {
  const topic = await newStream(kind, 2)
  await using publisher = await openKinesis(kind)
  await using one = await openKinesis(kind)
  await using two = await openKinesis(kind)
  const { byKey, lanes, seen, close } = readers([one, two], topic)
  const sent = await publishWhile(publisher, topic, async () => {
    await eventually('100 events', () => seen.size > 100, 10_000)
    const before = seen.size
    await reshard(publisher.native, topic)
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
    const lanes = await survives('kinesalite', async (native, topic) => {
      await split(native, topic)
      await untilShards(native, topic, 3)
      await merge(native, topic)
      await untilShards(native, topic, 2)
    })
    expect(lanes.size).toBe(5)
  }, 60_000)
})

await describeWith('kinesis', 'a doubling of shards under load', () => {
  it('loses nothing and keeps the order of keys', async () => {
    const lanes = await survives('kinesis', async (native, topic) => {
      await resize(native, topic, 4)
      await untilShards(native, topic, 4)
    })
    expect(lanes.size).toBeGreaterThanOrEqual(6)
  }, 60_000)
})

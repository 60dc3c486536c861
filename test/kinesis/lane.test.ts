import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import type { Deliver } from '../../adapters/core/driver.ts'
import type { Feed, Read } from '../../adapters/kinesis/feed.ts'
import { HeldLease } from '../../adapters/kinesis/held-lease.ts'
import { Lane } from '../../adapters/kinesis/lane.ts'
import { memoryLeases } from '../../adapters/kinesis/lease-store.ts'

const shard = 'shardId-000000000000'

/** One read of plain records, and the end of the shard. */
function feedOf(count: number): Feed {
  const records = Array.from({ length: count }, (_, n) => ({
    Data: Uint8Array.of(n),
    PartitionKey: 'k',
    SequenceNumber: String(n),
  }))
  const reads: Read[] = [{ records, behindMs: 0, isEnd: true }]
  return { next: async () => reads.shift(), close: () => {} }
}

/** Sizes of the deliveries in which a lane hands over what it has read. */
async function sizesOf(count: number, msOf: (size: number) => number): Promise<readonly number[]> {
  const row = { name: shard, owner: 'a', counter: 1 }
  const store = memoryLeases()
  await store.write('r', row, undefined)
  const options = { leaseMs: 60_000, renewMs: 20_000, checkpointMs: 100, onFailure: () => {} }
  const lease = new HeldLease(row, performance.now(), { ...options, store, reader: 'r' })
  const sizes: number[] = []
  const deliver: Deliver = async (batch) => {
    sizes.push(batch.length)
    await pause(msOf(batch.length))
    return batch.map(() => ({ kind: 'ack' }))
  }
  const from = { kind: 'earliest' } as const
  const reading = { topic: 't', shard, lease, feed: feedOf(count), from, deliver, prefetch: 256 }
  await new Lane({ ...reading, checkpointMs: 100, logger: undefined }).run()
  await lease.release()
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count)
  return sizes
}

it('slow handlers get so few messages at once that a checkpoint is due after them', async () => {
  const [, ...further] = await sizesOf(60, (size) => size * 20)
  expect(further.length).toBeGreaterThan(8)
  expect(Math.max(...further)).toBeLessThanOrEqual(5)
}, 20_000)

it('quick handlers get as many as they may have', async () => {
  expect(Math.max(...(await sizesOf(2_000, () => 0)))).toBe(256)
})

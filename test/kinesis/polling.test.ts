import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import type { Deliver } from '../../adapters/core/driver.ts'
import { createClient, installed } from '../../adapters/kinesis/client.ts'
import { HeldLease } from '../../adapters/kinesis/held-lease.ts'
import { Lane } from '../../adapters/kinesis/lane.ts'
import { memoryLeases } from '../../adapters/kinesis/lease-store.ts'
import { settingsOf } from '../../adapters/kinesis/options.ts'
import { PollingFeed } from '../../adapters/kinesis/polling.ts'

const shard = 'shardId-000000000000'
const topic = 't'

it('asks once for what comes next while a handler runs, as a shard may be read five times a second, and tells how far behind it is', async () => {
  const settings = settingsOf({
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1:9',
    leases: 'memory',
    pollMs: 1,
  })
  const client = await createClient(settings, installed)
  const due = [['1'], [], [], [], ['2']]
  let asked = 0
  const getRecords = async () => {
    asked++
    const Records = (due.shift() ?? []).map((SequenceNumber) => ({
      Data: Uint8Array.of(1),
      PartitionKey: 'k',
      SequenceNumber,
    }))
    return {
      Records,
      NextShardIterator: due.length > 0 ? 'next' : undefined,
      MillisBehindLatest: 1_000 * due.length,
    }
  }
  const from = { kind: 'latest', time: 0, iterator: 'first' } as const
  const feed = new PollingFeed({ client: { ...client, getRecords }, topic, shard, from, logger: undefined })
  const row = { name: shard, owner: 'a', counter: 1 }
  const store = memoryLeases()
  await store.write('r', row, undefined)
  const times = { leaseMs: 60_000, renewMs: 20_000, checkpointMs: 100 }
  const lease = new HeldLease(row, performance.now(), { ...times, store, reader: 'r', onFailure: () => {} })
  const seen: [string | undefined, number, unknown][] = []
  const deliver: Deliver = async (batch) => {
    await pause(60)
    for (const { position, native } of batch) seen.push([position, asked, native])
    return batch.map(() => ({ kind: 'ack' }))
  }

  await new Lane({
    topic,
    shard,
    lease,
    feed,
    from,
    deliver,
    prefetch: 256,
    checkpointMs: 100,
    logger: undefined,
  }).run()
  await lease.release()
  client.close()
  expect(seen).toEqual([
    ['1', 2, expect.objectContaining({ millisBehindLatest: 4_000 })],
    ['2', 5, expect.objectContaining({ millisBehindLatest: 0 })],
  ])
})

import type { Capabilities, Driver } from '../core/driver.ts'
import type { Logger } from '../core/observe.ts'
import type { Client } from './client.ts'
import { dynamodbLeases } from './dynamodb-leases.ts'
import { registerConsumer } from './fan-out.ts'
import { type LeaseStore, memoryLeases } from './lease-store.ts'
import { move, type Place, placeNew, readerOf } from './placing.ts'
import { createProducer, maxBatchRecords, requestBytes } from './producer.ts'
import { read } from './reading.ts'
import { ensureStream, listShards } from './streams.ts'

/** Streams, shards and groups of Kinesis; what a group has read is kept in a lease store. */
export function kinesisDriver(client: Client, logger?: Logger): Driver {
  const { settings } = client
  const { maxMessageBytes } = settings
  const store = storeOf(client)
  const capabilities: Capabilities = {
    delivery: 'at-least-once',
    ordering: 'lane',
    redelivery: 'runner',
    attempts: false,
    delay: false,
    headers: false,
    replay: ['earliest', 'latest', 'time', 'position'],
    maxBatch: { records: maxBatchRecords, bytes: requestBytes(maxMessageBytes) },
    maxMessageBytes,
  }

  function placeOf(topic: string, group: string): Place {
    return { client, store, reader: readerOf(topic, group), topic }
  }

  return {
    capabilities,
    send: createProducer(client),
    receive: (source, deliver, signal, options) =>
      read(placeOf(source.topic, source.group), source, deliver, signal, { ...options, logger }),
    async close() {
      client.close()
    },
    seek: ({ topic, group }, to) => move(placeOf(topic, group), to),
    async ensure({ topics, groups = [] }) {
      await Promise.all([
        store.ensure?.(),
        ...[...new Set(topics)].map((topic) => ensureStream(client, topic, settings.shards)),
      ])
      for (const { topic, group, start = 'earliest' } of groups) {
        await placeNew(placeOf(topic, group), await listShards(client, topic), start)
        if (settings.fanOut) await registerConsumer(client, topic, settings.consumerName ?? group)
      }
    },
    async ping() {
      await client.call('ping', { permission: 'kinesis:ListStreams' }, () =>
        client.native.listStreams({ Limit: 1 }),
      )
    },
  }
}

function storeOf({ settings, dynamodb, leasePlace }: Client): LeaseStore {
  const { leases, leaseTable } = settings
  if (typeof leases === 'object') return leases
  if (dynamodb === undefined) return memoryLeases()
  return dynamodbLeases({ dynamodb, table: leaseTable, place: leasePlace })
}

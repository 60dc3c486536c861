import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordsCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { Kafka, logLevel } from 'kafkajs'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { toBase64 } from '../../adapters/core/message.ts'
import { kafka } from '../../adapters/kafka/index.ts'
import { kinesisBinding } from '../../adapters/kinesis/binding.ts'
import { type LocalServer, startServer } from '../../dev/index.ts'
import type { LambdaKafkaRecord } from '../../functions/hosts/lambda-kafka.ts'
import { eventually } from '../eventually.ts'
import { type KinesisEventRecord, kinesisEvent } from '../platform/index.ts'

const binding = kinesisBinding()
const shard = 'shardId-000000000000'

/** Puts events on a stream of a real server and reads them back, as the event source mapping would. */
export async function recordsOfStream(events: readonly CloudEvent[]): Promise<readonly KinesisEventRecord[]> {
  await using server = await started('kinesis')
  const client = new KinesisClient({
    endpoint: `http://${server.address}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: new NodeHttpHandler(),
  })
  const StreamName = 'orders'
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  await waitUntilStreamExists({ client, maxWaitTime: 20, minDelay: 1 }, { StreamName })
  const Records = events.map((event) => {
    const { body, key = '' } = binding.encode(event)
    return { Data: body ?? new Uint8Array(), PartitionKey: key }
  })
  await client.send(new PutRecordsCommand({ StreamName, Records }))
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName, ShardId: shard, ShardIteratorType: 'TRIM_HORIZON' }),
  )
  const { Records: found = [] } = await client.send(new GetRecordsCommand({ ShardIterator }))
  client.destroy()
  return found.map(({ Data = new Uint8Array(), PartitionKey = '', SequenceNumber = '' }) => {
    const [made] = kinesisEvent([{ key: PartitionKey, data: Data }], { stream: StreamName, shard }).Records
    if (made === undefined) throw new Error('no record')
    const kinesis = { ...made.kinesis, sequenceNumber: SequenceNumber }
    return { ...made, eventID: `${shard}:${SequenceNumber}`, kinesis }
  })
}

/** Publishes events to a topic of a real server and reads the records back, as the event source mapping would. */
export async function recordsOfTopic(events: readonly CloudEvent[]): Promise<readonly LambdaKafkaRecord[]> {
  await using server = await started('kafka')
  await using broker = await kafka({ brokers: server.address, partitions: 1 })
  await broker.ensure({ topics: ['orders'] })
  await broker.publish('orders', events)
  const consumer = new Kafka({ brokers: [server.address], logLevel: logLevel.NOTHING }).consumer({
    groupId: 'mapping',
  })
  const records: LambdaKafkaRecord[] = []
  await consumer.connect()
  await consumer.subscribe({ topics: ['orders'], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ topic, partition, message: { key, value, headers = {}, offset, timestamp } }) => {
      records.push({
        topic,
        partition,
        offset: Number(offset),
        timestamp: Number(timestamp),
        ...(key === null ? {} : { key: toBase64(key) }),
        ...(value === null ? {} : { value: toBase64(value) }),
        headers: Object.entries(headers).map(([name, bytes]) => ({
          [name]: [...new Int8Array(Buffer.from(String(bytes)))],
        })),
      })
    },
  })
  await eventually('the records', () => records.length === events.length, 30_000)
  await consumer.disconnect()
  return records
}

async function started(kind: 'kinesis' | 'kafka'): Promise<LocalServer & AsyncDisposable> {
  const server = await startServer(kind)
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.stop() })
}

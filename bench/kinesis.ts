import type { Kinesis } from '@aws-sdk/client-kinesis'
import type { CloudEvent } from '../adapters/index.ts'
import { type KinesisBroker, kinesis } from '../adapters/kinesis/index.ts'
import { startServer } from '../dev/index.ts'
import { looking, rotation } from './brokers/looking.ts'
import { paired, pairResult } from './brokers/paired.ts'
import { concurrently, counted, inBatches, publishing, reading } from './brokers/rounds.ts'
import { sampleEvents } from './events.ts'
import {
  clientOf,
  consume,
  limit,
  pollMs,
  putAll,
  readEvent,
  readingByHand,
  recordOf,
  unpack,
} from './kinesis/hand.ts'
import { scale } from './kinesis/scale.ts'
import type { Result } from './measure.ts'

const bench = 'kinesis'
const region = 'us-east-1'
const shards = 4
const rounds = 5
/** One read brings tens of thousands of aggregated events, so that a round is short. */
const readRounds = 9
/** Aggregated records of one read, of 100 events each: 2 MB, what the service lets be read of a shard in a second. */
const aggregatedLimit = 80
/** Single `publish` calls, or single `PutRecord` requests, at once. */
const callers = 100

interface Setting {
  readonly broker: KinesisBroker
  readonly client: Kinesis
}

/** What is sent and read of one size of data. */
interface Volume {
  readonly label: string
  readonly bytes: number
  /** Events of one call; a request takes 5 MiB. */
  readonly batch: number
  readonly publish: number
  readonly consume: number
}

const volumes: readonly Volume[] = [
  { label: '200 B', bytes: 200, batch: 500, publish: 5_000, consume: 40_000 },
  { label: '10 KB', bytes: 10_240, batch: 250, publish: 1_000, consume: 4_000 },
]

/**
 * The library against AWS's client by hand on one local server, kinesalite: the same records, in requests of as many. No
 * leases are kept by hand, ours are in memory. Reads come soon after the one before: the service would let each shard be
 * read five times a second, and wait for most of the time.
 */
export async function* kinesisBench(): AsyncGenerator<Result> {
  const server = await startServer('kinesalite')
  for (const [name, value] of Object.entries(server.variables)) process.env[name] ??= value
  const endpoint = `http://${server.address}`
  const client = clientOf(server.address)
  try {
    const options = { region, endpoint, leases: 'memory', pollMs, shards } as const
    await using broker = await kinesis({ ...options, maxRecords: limit })
    await using reader = await kinesis({ ...options, maxRecords: aggregatedLimit })
    const setting = { broker, client }
    for (const volume of volumes) {
      yield* publish(setting, volume)
      yield* consumption(setting, volume)
    }
    yield* singles(setting)
    yield* aggregation(setting, reader)
    yield* scale(endpoint, client)
  } finally {
    client.destroy()
    await server.stop()
  }
}

async function* publish(setting: Setting, volume: Volume): AsyncGenerator<Result> {
  const { broker, client } = setting
  const { label, bytes, batch, publish: count } = volume
  const topic = `sent-${bytes}`
  await broker.ensure({ topics: [topic] })
  const sending = { topic, events: sampleEvents(4 * batch, bytes), count, batch }
  const { ours, hand } = await paired(
    {
      ours: publishing(broker, sending),
      hand: inBatches(sending, (events) => putAll(client, topic, events)),
    },
    rounds,
  )
  yield pairResult(bench, `publish, batches of ${batch}, ${label}`, ours, hand)
}

async function* consumption(setting: Setting, volume: Volume): AsyncGenerator<Result> {
  const { broker, client } = setting
  const { label, bytes, batch, consume: count } = volume
  const topic = `filled-${bytes}`
  await broker.ensure({ topics: [topic] })
  await publishing(broker, { topic, events: sampleEvents(4 * batch, bytes), count, batch })()
  const look = lookingAtEvents()
  const { ours, hand } = await paired(
    {
      ours: reading(broker, topic, count, look),
      hand: readingByHand(client, topic, count, (data) => look(readEvent(data))),
    },
    rounds,
  )
  yield pairResult(bench, `consume, data read, ${label}`, ours, hand)
}

async function* singles({ broker, client }: Setting): AsyncGenerator<Result> {
  const topic = 'singles'
  const events = sampleEvents(1_000, 200)
  await broker.ensure({ topics: [topic] })
  const at = rotation(events)
  const key = ({ subject }: CloudEvent) => subject
  const { ours, hand } = await paired(
    {
      ours: concurrently(5_000, callers, (i) => broker.publish(topic, at(i), { key })),
      hand: concurrently(500, callers, (i) => {
        const { Data, PartitionKey } = recordOf(at(i))
        return client.putRecord({ StreamName: topic, Data, PartitionKey })
      }),
    },
    3,
  )
  yield pairResult(bench, `${callers} concurrent single publish calls, 200 B`, ours, hand)
}

/** A hundred events of a key in each request: one record of ours, and a hundred by hand; then reading what ours wrote. */
async function* aggregation({ broker, client }: Setting, reader: KinesisBroker): AsyncGenerator<Result> {
  const [sent, filled] = ['few-keys', 'few-keys-filled']
  await broker.ensure({ topics: [sent, filled] })
  const events = sampleEvents(2_000, 200).map((event, index) => ({
    ...event,
    subject: `customer-${index % 5}`,
  }))
  const sending = { topic: sent, events, count: 5_000, batch: 500 }
  const publishes = await paired(
    {
      ours: publishing(broker, sending),
      hand: inBatches(sending, (part) => putAll(client, sent, part)),
    },
    rounds,
  )
  yield pairResult(bench, 'publish, aggregated against plain records, 200 B', publishes.ours, publishes.hand)

  const count = 120_000
  await publishing(broker, { ...sending, topic: filled, count })()
  const look = lookingAtEvents()
  const reads = await paired(
    {
      ours: reading(reader, filled, count, look),
      hand: () =>
        counted(count, (seen, fail) =>
          consume(client, filled, aggregatedLimit, (record) => {
            try {
              for (const { data } of unpack(record)) {
                seen()
                look(readEvent(data))
              }
            } catch (error) {
              fail(error)
            }
          }),
        ),
    },
    readRounds,
  )
  yield pairResult(bench, 'consume, aggregated records, 200 B', reads.ours, reads.hand)
}

function lookingAtEvents(): (event: CloudEvent) => void {
  const look = looking()
  return ({ type, subject, data }) => look(type, subject, data)
}

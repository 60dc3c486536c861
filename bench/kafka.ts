import type { Producer } from 'kafkajs'
import type { CloudEvent } from '../adapters/index.ts'
import { type KafkaBroker, kafka } from '../adapters/kafka/index.ts'
import { startServer } from '../dev/index.ts'
import { latencyResults } from './brokers/latency.ts'
import { looking, rotation } from './brokers/looking.ts'
import { paired, pairResult } from './brokers/paired.ts'
import { concurrently, publishing, reading } from './brokers/rounds.ts'
import { sampleEvents } from './events.ts'
import { binaryRecord, clientOf, readBinary, readStructured, structuredRecord } from './kafka/hand.ts'
import { handPath, ownPath } from './kafka/path.ts'
import { readingByHand, sendingByHand } from './kafka/sides.ts'
import type { Result } from './measure.ts'

const bench = 'kafka'
const partitions = 4
/** Single `publish` calls, or single sends, at once. */
const callers = 500

interface Setting {
  readonly address: string
  readonly broker: KafkaBroker
  readonly producer: Producer
}

/** What is sent and read of one size of data. */
interface Volume {
  readonly label: string
  readonly bytes: number
  /** Events of one call: kafkajs does not split, and the broker takes 1 MB for each partition. */
  readonly batch: number
  readonly publish: number
  readonly consume: number
}

const small: Volume = { label: '200 B', bytes: 200, batch: 500, publish: 25_000, consume: 120_000 }
const large: Volume = { label: '10 KB', bytes: 10_240, batch: 250, publish: 4_000, consume: 20_000 }

/**
 * The library against kafkajs by hand on one local server: the same records, an idempotent producer that waits for all
 * replicas, a consumer that commits every 100 ms. Each side has connections of its own.
 */
export async function* kafkaBench(): AsyncGenerator<Result> {
  const server = await startServer('kafka')
  const client = clientOf(server.address)
  try {
    await using broker = await kafka({ brokers: server.address, partitions })
    const producer = client.producer({ idempotent: true, allowAutoTopicCreation: false })
    await producer.connect()
    try {
      const setting = { address: server.address, broker, producer }
      for (const volume of [small, large]) yield* binary(setting, volume)
      yield* structured(setting, small)
      yield* singles(setting)
      yield* latency(setting)
    } finally {
      await producer.disconnect()
    }
  } finally {
    await server.stop()
  }
}

async function* binary(setting: Setting, volume: Volume): AsyncGenerator<Result> {
  const { address, broker, producer } = setting
  const { label, bytes, batch, publish, consume: count } = volume
  const sent = `binary-${bytes}`
  const filled = `binary-${bytes}-filled`
  const events = sampleEvents(10 * batch, bytes)
  await broker.ensure({ topics: [sent, filled] })
  const sending = { topic: sent, events, count: publish, batch }
  const publishes = await paired({
    ours: publishing(broker, sending),
    hand: sendingByHand(producer, sending, binaryRecord),
  })
  yield pairResult(bench, `publish, batches of ${batch}, ${label}`, publishes.ours, publishes.hand)

  await publishing(broker, { ...sending, topic: filled, count })()
  const look = looking()
  for (const readsData of [false, true]) {
    const reads = await paired({
      ours: reading(broker, filled, count, (event) =>
        look(event.type, event.subject, readsData ? event.data : undefined),
      ),
      hand: readingByHand(address, filled, count, (record) => {
        const { type, subject, data } = readBinary(record, readsData)
        look(type, subject, data)
      }),
    })
    const what = readsData ? 'data read' : 'attributes only'
    yield pairResult(bench, `consume, ${what}, ${label}`, reads.ours, reads.hand)
  }
}

async function* structured(setting: Setting, volume: Volume): AsyncGenerator<Result> {
  const { address, broker, producer } = setting
  const { label, bytes, batch, publish, consume: count } = volume
  const sent = `structured-${bytes}`
  const filled = `structured-${bytes}-filled`
  const events = sampleEvents(10 * batch, bytes)
  await broker.ensure({ topics: [sent, filled] })
  const sending = { topic: sent, events, count: publish, batch }
  const publishes = await paired({
    ours: publishing(broker, sending, 'structured'),
    hand: sendingByHand(producer, sending, structuredRecord),
  })
  yield pairResult(
    bench,
    `structured: publish, batches of ${batch}, ${label}`,
    publishes.ours,
    publishes.hand,
  )

  await publishing(broker, { ...sending, topic: filled, count }, 'structured')()
  const look = looking()
  const reads = await paired({
    ours: reading(broker, filled, count, ({ type, subject, data }) => look(type, subject, data)),
    hand: readingByHand(address, filled, count, (record) => {
      const { type, subject, data } = readStructured(record)
      look(type, subject, data)
    }),
  })
  yield pairResult(bench, `structured: consume, data read, ${label}`, reads.ours, reads.hand)
}

async function* singles({ broker, producer }: Setting): AsyncGenerator<Result> {
  const topic = 'singles'
  const events = sampleEvents(1_000, 200)
  await broker.ensure({ topics: [topic] })
  const at = rotation(events)
  const key = ({ subject }: CloudEvent) => subject
  const { ours, hand } = await paired(
    {
      ours: concurrently(20_000, callers, (i) => broker.publish(topic, at(i), { key })),
      hand: concurrently(2_000, callers, (i) =>
        producer.send({ topic, acks: -1, messages: [binaryRecord(at(i))] }),
      ),
    },
    5,
  )
  yield pairResult(bench, `${callers} concurrent single publish calls, 200 B`, ours, hand)
}

async function* latency({ address, broker, producer }: Setting): AsyncGenerator<Result> {
  const topics = { ours: 'latency-ours', hand: 'latency-hand' }
  await broker.ensure({ topics: Object.values(topics) })
  const rate = await highestRate({ address, broker, producer })
  yield* latencyResults(
    bench,
    'publish to handler, 200 B',
    { ours: ownPath(broker, topics.ours), reference: handPath(address, producer, topics.hand) },
    { perSecond: rate / 2 },
  )
}

/** Events per second that kafkajs by hand sends and reads at once in this process. */
async function highestRate({ address, broker, producer }: Setting): Promise<number> {
  const topic = 'highest'
  const count = 50_000
  await broker.ensure({ topics: [topic] })
  const sending = { topic, events: sampleEvents(5_000, 200), count, batch: 500 }
  const read = readingByHand(address, topic, count, (record) => readBinary(record, true))
  const [sample] = await Promise.all([read(), sendingByHand(producer, sending, binaryRecord)()])
  return sample.rate
}

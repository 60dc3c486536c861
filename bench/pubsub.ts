import type { PubSub } from '@google-cloud/pubsub'
import type { CloudEvent } from '../adapters/index.ts'
import { type PubsubBroker, type PubsubOptions, pubsub } from '../adapters/pubsub/index.ts'
import { startServer } from '../dev/index.ts'
import { looking, rotation } from './brokers/looking.ts'
import { paired, pairResult } from './brokers/paired.ts'
import { concurrently, publishing, reading } from './brokers/rounds.ts'
import { sampleEvents } from './events.ts'
import type { Result } from './measure.ts'
import { clientOf, publish, publisherOf, readEvent, readingByHand, sendingByHand } from './pubsub/hand.ts'

const bench = 'pubsub'
const batch = 500
/** Single `publish` calls, or single `publishMessage` calls, at once. */
const callers = 500

interface Setting {
  readonly client: PubSub
  open(options?: PubsubOptions): Promise<PubsubBroker>
}

/**
 * What is sent and read of one size of data and one number of keys. Rounds of a second or more: the collection before each
 * discards compiled code, and what both sides then take to compile it anew would count for much of a shorter one.
 */
interface Volume {
  readonly label: string
  readonly bytes: number
  readonly keys: number
  /** Events of a round. */
  readonly publish: number
  readonly consume: number
}

const small: Volume = { label: '200 B', bytes: 200, keys: 100, publish: 20_000, consume: 4_000 }
const large: Volume = { label: '10 KB', bytes: 10_240, keys: 100, publish: 8_000, consume: 2_000 }
const oneKey: Volume = { ...small, label: '1 key', keys: 1 }
const someKeys: Volume = { ...small, label: '1 k keys', keys: 1_000, publish: 5_000 }
const manyKeys: Volume = { ...small, label: '100 k keys', keys: 100_000, publish: 5_000 }

/**
 * The library against Google's client by hand on one local server, Google's emulator: the same attributes, the order of each key, one
 * stream with as much on its way. Each side has connections of its own. The emulator makes a thread for each key of each
 * subscription and ends none, so that each group of cases gets an emulator of its own, and nothing is read of 100 k keys.
 */
export async function* pubsubBench(): AsyncGenerator<Result> {
  const groups = [
    (setting: Setting) => published(setting, small),
    (setting: Setting) => consumed(setting, small),
    (setting: Setting) => unordered(setting, small),
    (setting: Setting) => published(setting, large),
    (setting: Setting) => consumed(setting, large),
    singles,
    (setting: Setting) => published(setting, oneKey),
    (setting: Setting) => consumed(setting, oneKey, [true]),
    (setting: Setting) => published(setting, someKeys),
    (setting: Setting) => consumed(setting, someKeys, [true], 3),
    (setting: Setting) => published(setting, manyKeys),
  ]
  for (const group of groups) yield* onServer(group)
}

async function* onServer(cases: (setting: Setting) => AsyncGenerator<Result>): AsyncGenerator<Result> {
  const server = await startServer('pubsub')
  process.env.METADATA_SERVER_DETECTION ??= server.variables.METADATA_SERVER_DETECTION
  const client = clientOf(server.address)
  const brokers: PubsubBroker[] = []
  const place = { project: 'local', endpoint: server.address }
  try {
    yield* cases({
      client,
      async open(options) {
        const broker = await pubsub({ ...place, ...options })
        brokers.push(broker)
        return broker
      },
    })
  } finally {
    await Promise.all(brokers.map((broker) => broker.close()))
    await client.close()
    await server.stop()
  }
}

async function* published({ client, open }: Setting, volume: Volume): AsyncGenerator<Result> {
  // Nothing is kept, so that what is sent does not fill the server.
  const broker = await open({ retentionMs: 0 })
  await broker.ensure({ topics: ['sent'] })
  const sending = { topic: 'sent', events: eventsOf(volume), count: volume.publish, batch }
  const { ours, hand } = await paired({
    ours: publishing(broker, sending),
    hand: sendingByHand(client, sending),
  })
  yield pairResult(bench, `publish, batches of ${batch}, ${volume.label}`, ours, hand)
}

/** By what is read of each event: its data, or its attributes only. */
async function* consumed(
  setting: Setting,
  volume: Volume,
  reads: readonly boolean[] = [false, true],
  rounds = 5,
): AsyncGenerator<Result> {
  for (const readsData of reads) {
    const what = `consume, ${readsData ? 'data read' : 'attributes only'}, ${volume.label}`
    yield await read(setting, volume, { what, readsData, ordered: true, rounds })
  }
}

async function* unordered(setting: Setting, volume: Volume): AsyncGenerator<Result> {
  const what = `consume without order, data read, ${volume.label}`
  yield await read(setting, volume, { what, readsData: true, ordered: false, rounds: 5 })
}

interface Look {
  readonly what: string
  readonly readsData: boolean
  readonly ordered: boolean
  readonly rounds: number
}

/** A group of its own for each round, which gets all that the topic keeps. */
async function read({ client, open }: Setting, volume: Volume, look: Look): Promise<Result> {
  const { what, readsData, ordered, rounds } = look
  const { consume: count } = volume
  const topic = `filled-${readsData}`
  const broker = await open({ ordered })
  await broker.ensure({ topics: [topic] })
  await publishing(broker, { topic, events: eventsOf(volume), count, batch })()
  const see = looking()
  const { ours, hand } = await paired(
    {
      ours: reading(broker, topic, count, (event) =>
        see(event.type, event.subject, readsData ? event.data : undefined),
      ),
      hand: readingByHand(client, { topic, count, ordered }, (message) => {
        const { type, subject, data } = readEvent(message, readsData)
        see(type, subject, data)
      }),
    },
    rounds,
  )
  return pairResult(bench, what, ours, hand)
}

async function* singles({ client, open }: Setting): AsyncGenerator<Result> {
  const broker = await open({ retentionMs: 0 })
  const topic = 'singles'
  const events = eventsOf(small)
  await broker.ensure({ topics: [topic] })
  const publisher = publisherOf(client, topic)
  const at = rotation(events)
  const key = ({ subject }: CloudEvent) => subject
  const { ours, hand } = await paired({
    ours: concurrently(20_000, callers, (i) => broker.publish(topic, at(i), { key })),
    hand: concurrently(20_000, callers, (i) => publish(publisher, at(i))),
  })
  yield pairResult(bench, `${callers} concurrent single publish calls, 200 B`, ours, hand)
}

function eventsOf({ bytes, keys }: Volume): readonly CloudEvent[] {
  // Of as many keys as a round does not reach, each event has another one.
  const events = sampleEvents(Math.min(10_000, Math.max(4 * batch, keys)), bytes)
  return events.map((event, index) => ({ ...event, subject: `customer-${(index * 7_919) % keys}` }))
}

import type { Kinesis } from '@aws-sdk/client-kinesis'
import { type KinesisBroker, kinesis } from '../../adapters/kinesis/index.ts'
import { paired, pairResult } from '../brokers/paired.ts'
import { inBatches, publishing, reading, type Sending } from '../brokers/rounds.ts'
import { sampleEvents } from '../events.ts'
import type { Result } from '../measure.ts'
import { limit, pollMs, putAll, readEvent, readingByHand } from './hand.ts'

const bench = 'kinesis'
const rounds = 9
const batch = 500
const count = 5_000
const stored = 20_000
/** What one read of a shard may bring. */
const storedOfShard = limit

/** What more shards and more keys cost, ours and by hand. */
export async function* scale(endpoint: string, client: Kinesis): AsyncGenerator<Result> {
  for (const shards of [1, 10, 100]) {
    const options = {
      region: 'us-east-1',
      endpoint,
      leases: 'memory',
      pollMs,
      maxRecords: limit,
      shards,
    } as const
    await using broker = await kinesis(options)
    yield* onShards(broker, client, shards)
    if (shards === 10) for (const keys of [1, 1_000, 100_000]) yield await withKeys(broker, client, keys)
  }
}

async function* onShards(broker: KinesisBroker, client: Kinesis, shards: number): AsyncGenerator<Result> {
  const [topic, filled] = [`shards-${shards}`, `shards-${shards}-filled`]
  const name = shards === 1 ? '1 shard' : `${shards} shards`
  await broker.ensure({ topics: [topic, filled] })
  const sending = { topic, events: sampleEvents(count, 200), count, batch }
  const publishes = await paired(publishers(broker, client, sending), rounds)
  yield pairResult(bench, `publish, ${name}`, publishes.ours, publishes.hand)
  await publishing(broker, { ...sending, topic: filled, count: stored })()
  yield await consuming(broker, client, { topic: filled, count: stored, what: `consume, ${name}` })
  const most = shards * storedOfShard
  if (most <= stored) return
  await publishing(broker, { ...sending, topic: filled, count: most - stored })()
  const what = `consume, ${name} of ${storedOfShard} events`
  yield await consuming(broker, client, { topic: filled, count: most, what })
}

interface Filled {
  readonly topic: string
  readonly count: number
  readonly what: string
}

async function consuming(
  broker: KinesisBroker,
  client: Kinesis,
  { topic, count, what }: Filled,
): Promise<Result> {
  const { ours, hand } = await paired(
    {
      ours: reading(broker, topic, count, ({ data }) => void data),
      hand: readingByHand(client, topic, count, (data) => void readEvent(data).data),
    },
    rounds,
  )
  return pairResult(bench, what, ours, hand)
}

async function withKeys(broker: KinesisBroker, client: Kinesis, keys: number): Promise<Result> {
  const events = sampleEvents(Math.max(count, keys), 200).map((event, index) => ({
    ...event,
    subject: `customer-${index % keys}`,
  }))
  const sending = { topic: 'shards-10', events, count: Math.max(count, keys / 10), batch }
  const publishes = await paired(publishers(broker, client, sending), rounds)
  const name = keys === 1 ? '1 key' : `${keys} keys`
  return pairResult(bench, `publish, ${name}`, publishes.ours, publishes.hand)
}

function publishers(broker: KinesisBroker, client: Kinesis, sending: Sending) {
  const hand = inBatches(sending, (events) => putAll(client, sending.topic, events))
  return { ours: publishing(broker, sending), hand }
}

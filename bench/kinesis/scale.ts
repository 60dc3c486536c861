import { type KinesisBroker, kinesis } from '../../adapters/kinesis/index.ts'
import { paired, pairResult } from '../brokers/paired.ts'
import { publishing, reading } from '../brokers/rounds.ts'
import { sampleEvents } from '../events.ts'
import type { Result } from '../measure.ts'

const bench = 'kinesis'
const rounds = 3
const batch = 500

/** What more shards and more keys cost: each against the least in the same rounds. */
export async function* scale(endpoint: string): AsyncGenerator<Result> {
  const region = 'us-east-1'
  await using broker = await kinesis({ region, endpoint, leases: 'memory', pollMs: 20 })
  for (const shards of [1, 10, 100]) {
    await using maker = await kinesis({ region, endpoint, leases: 'memory', shards })
    await maker.ensure({ topics: [`shards-${shards}`] })
  }
  for (const shards of [10, 100]) yield* shardsAgainstOne(broker, shards)
  for (const keys of [1, 100_000]) yield await keysAgainstThousand(broker, keys)
}

async function* shardsAgainstOne(broker: KinesisBroker, shards: number): AsyncGenerator<Result> {
  const count = 5_000
  const events = sampleEvents(count, 200)
  const to = (topic: string) => publishing(broker, { topic, events, count, batch })
  const [many, one] = [`shards-${shards}`, 'shards-1']
  const publishes = await paired({ many: to(many), one: to(one) }, rounds)
  yield pairResult(bench, `publish, ${shards} shards against one`, publishes.many, publishes.one)
  const from = (topic: string) => reading(broker, topic, count, ({ data }) => void data)
  const reads = await paired({ many: from(many), one: from(one) }, rounds)
  yield pairResult(bench, `consume, ${shards} shards against one`, reads.many, reads.one)
}

async function keysAgainstThousand(broker: KinesisBroker, keys: number): Promise<Result> {
  const count = 5_000
  const topic = 'shards-10'
  let round = 0
  const sending = (each: number) => {
    // Keys of another round are others, so that 100 000 of them come.
    const from = each > count ? (count * round++) % each : 0
    const events = sampleEvents(count, 200).map((event, index) => ({
      ...event,
      subject: `customer-${(from + index) % each}`,
    }))
    return publishing(broker, { topic, events, count, batch })()
  }
  const publishes = await paired({ these: () => sending(keys), thousand: () => sending(1_000) }, rounds)
  const name = `publish, ${keys === 1 ? '1 key' : `${keys} keys`} against 1000`
  return pairResult(bench, name, publishes.these, publishes.thousand)
}

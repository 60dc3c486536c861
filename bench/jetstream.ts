import { AckPolicy, connect, DeliverPolicy, type JsMsg, type NatsConnection } from 'nats'
import { type JetstreamBroker, jetstream } from '../adapters/nats/index.ts'
import { startServer } from '../dev/index.ts'
import { latencyResults, type OpenPath } from './brokers/latency.ts'
import { meter, metered, paired, pairResult, type Sample } from './brokers/paired.ts'
import type { Result } from './measure.ts'
import { attributesByHand, headersByHand, payloadByHand } from './nats/by-hand.ts'
import { concurrently } from './nats/concurrently.ts'
import { freshEvents, numberOf } from './nats/events.ts'
import { highestRate } from './nats/highest.ts'

interface Clients {
  readonly ours: JetstreamBroker
  readonly raw: NatsConnection
  /** The same client, told to make no stack trace for each request. */
  readonly traceless: NatsConnection
}

/** Messages published and not confirmed, and messages delivered and not acknowledged, at most. */
const outstanding = 256
const prefetch = 1_000
const sizes = [
  { name: '200 B', bytes: 200, published: 20_000, consumed: 60_000 },
  { name: '10 KB', bytes: 10_240, published: 6_000, consumed: 15_000 },
]
type Size = (typeof sizes)[number]

let used = 0

/** JetStream against nats.js on the same server: same headers, each message confirmed, each acknowledged. */
export async function* jetstreamBench(): AsyncGenerator<Result> {
  const server = await startServer('nats')
  try {
    const { address } = server
    const raw = await connect({ servers: address })
    const traceless = await connect({ servers: address, noAsyncTraces: true })
    await using ours = await jetstream({ servers: address, maxAckPending: prefetch })
    const clients = { ours, raw, traceless }
    for (const size of sizes) {
      yield* publish(clients, size)
      yield* consume(clients, size)
    }
    yield* latency(clients)
    await raw.close()
    await traceless.close()
  } finally {
    await server.stop()
  }
}

/** Events that were never published, each with a key of a thousand. */
async function* publish({ ours, raw, traceless }: Clients, { name, bytes, published: count }: Size) {
  const topic = `published${bytes}`
  await ours.ensure({ topics: [topic] })
  const manager = await raw.jetstreamManager()
  const fresh = freshEvents(bytes)
  const key = keyOf
  type Events = ReturnType<typeof fresh>

  async function sample(send: (events: Events) => Promise<unknown>): Promise<Sample> {
    const events = fresh(used, count)
    used += count
    const taken = await metered(count, () => send(events))
    await manager.streams.purge(topic)
    return taken
  }
  const each = (run: (event: Events[number]) => Promise<unknown>) => () =>
    sample((events) =>
      concurrently(count, outstanding, async (index) => {
        const event = events[index]
        if (event !== undefined) await run(event)
      }),
    )
  const byHand = (connection: NatsConnection) => {
    const client = connection.jetstream()
    return each((event) => {
      const options = {
        headers: headersByHand(event, keyOf(event)),
        msgID: `${topic} ${event.source} ${event.id}`,
      }
      return client.publish(topic, payloadByHand(event), options)
    })
  }
  const samples = await paired(
    {
      single: each((event) => ours.publish(topic, event, { key })),
      bulk: () =>
        sample(async (events) => {
          for (let at = 0; at < count; at += outstanding) {
            await ours.publish(topic, events.slice(at, at + outstanding), { key })
          }
        }),
      raw: byHand(raw),
      traceless: byHand(traceless),
    },
    5,
  )
  const { single, bulk } = samples
  const calls = `publish, ${outstanding} calls at once, ${name}`
  yield pairResult('jetstream', `${calls}, against nats.js`, single, samples.raw)
  yield pairResult('jetstream', `${calls}, against nats.js with noAsyncTraces`, single, samples.traceless)
  const bulks = `publish, ${outstanding} events a call, ${name}`
  yield pairResult('jetstream', `${bulks}, against nats.js, ${outstanding} calls at once`, bulk, samples.raw)
}

/** What a stream holds, by consumers that are made anew: until the server knows that all of it is acknowledged. */
async function* consume({ ours, raw }: Clients, { name, bytes, consumed: count }: Size) {
  const topic = `consumed${bytes}`
  await fill(ours, topic, bytes, count)
  const manager = await raw.jetstreamManager()

  async function acknowledged(consumer: string): Promise<void> {
    while ((await manager.consumers.info(topic, consumer)).ack_floor.stream_seq < count);
    await manager.consumers.delete(topic, consumer)
  }

  async function ourSample(): Promise<Sample> {
    const group = `ours${used++}`
    let stop = meter()
    const reading = await new Promise<AsyncDisposable>((resolve) => {
      let seen = 0
      const subscription = ours.subscribe({ topic, group }, ({ type }) => {
        if (seen === 0) stop = meter()
        if (type !== undefined && ++seen === count) resolve(subscription)
      })
    })
    await acknowledged(`${group}+${topic}`)
    const sample = stop(count)
    await reading[Symbol.asyncDispose]()
    return sample
  }

  async function rawSample(read: ReadByHand): Promise<Sample> {
    const durable = `raw${used++}`
    await manager.consumers.add(topic, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      max_ack_pending: prefetch,
    })
    let stop = meter()
    let seen = 0
    await read(raw, topic, durable, (message) => {
      if (seen === 0) stop = meter()
      const { type } = attributesByHand(message)
      message.ack()
      return type !== undefined && ++seen === count
    })
    await acknowledged(durable)
    return stop(count)
  }

  const samples = await paired(
    { ours: ourSample, iterator: () => rawSample(byIterator), callback: () => rawSample(byCallback) },
    5,
  )
  const what = `consume, attributes read, each acknowledged, ${name}`
  yield pairResult('jetstream', `${what}, against nats.js`, samples.ours, samples.iterator)
  yield pairResult('jetstream', `${what}, against nats.js with a callback`, samples.ours, samples.callback)
}

async function fill(ours: JetstreamBroker, topic: string, bytes: number, count: number): Promise<void> {
  await ours.ensure({ topics: [topic] })
  const fresh = freshEvents(bytes)
  for (let at = 0; at < count; at += 1_000) await ours.publish(topic, fresh(at, 1_000), { key: keyOf })
}

/** Reads until `handle` says that it has seen all. */
type ReadByHand = (
  raw: NatsConnection,
  stream: string,
  consumer: string,
  handle: (message: JsMsg) => boolean,
) => Promise<void>

/** As the client's documentation shows it. */
const byIterator: ReadByHand = async (raw, stream, name, handle) => {
  const consumer = await raw.jetstream().consumers.get(stream, name)
  const messages = await consumer.consume({ max_messages: prefetch })
  for await (const message of messages) if (handle(message)) break
}

/** Acknowledgements of what arrives together leave in one write. */
const byCallback: ReadByHand = async (raw, stream, name, handle) => {
  const consumer = await raw.jetstream().consumers.get(stream, name)
  await new Promise<void>((resolve) => {
    const messages = consumer.consume({
      max_messages: prefetch,
      callback: (message) => {
        if (handle(message)) void messages.then((reading) => reading.close()).then(() => resolve())
      },
    })
  })
}

async function* latency({ ours, raw }: Clients) {
  const fresh = freshEvents(200)
  const first = 1_000_000_000
  await ours.ensure({ topics: ['path', 'path-raw'] })
  const manager = await raw.jetstreamManager()

  const ourPath: OpenPath = async (arrived) => {
    await manager.streams.purge('path')
    const group = `path${used++}`
    const base = first + used++ * 10_000_000
    const subscription = ours.subscribe({ topic: 'path', group }, ({ id }) => arrived(numberOf(id) - base))
    return {
      send: (from, to) => ours.publish('path', fresh(base + from, to - from), { key: keyOf }),
      close: () => subscription.close(),
    }
  }

  const rawPath: OpenPath = async (arrived) => {
    await manager.streams.purge('path-raw')
    const durable_name = `path${used++}`
    const base = first + used++ * 10_000_000
    const ack_policy = AckPolicy.Explicit
    await manager.consumers.add('path-raw', { durable_name, ack_policy, max_ack_pending: prefetch })
    const client = raw.jetstream()
    const consumer = await client.consumers.get('path-raw', durable_name)
    const messages = await consumer.consume({ max_messages: prefetch })
    const reading = (async () => {
      for await (const message of messages) {
        arrived(numberOf(attributesByHand(message).id) - base)
        message.ack()
      }
    })()
    return {
      send: (from, to) =>
        Promise.all(
          fresh(base + from, to - from).map((event) =>
            client.publish('path-raw', payloadByHand(event), {
              headers: headersByHand(event, keyOf(event)),
              msgID: `path-raw ${event.source} ${event.id}`,
            }),
          ),
        ),
      async close() {
        messages.stop()
        await reading
      },
    }
  }

  const highest = Math.min(await highestRate(ourPath, 20_000), await highestRate(rawPath, 20_000))
  const paths = { ours: ourPath, reference: rawPath }
  yield* latencyResults('jetstream', 'publish to handler', paths, { perSecond: highest / 2 })
}

function keyOf({ subject }: { readonly subject?: string | undefined }): string | undefined {
  return subject
}

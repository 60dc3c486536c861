import { connect, type Msg, type NatsConnection } from 'nats'
import { type NatsBroker, nats } from '../adapters/nats/index.ts'
import { type LocalServer, startServer } from '../dev/index.ts'
import { latencyResults, type OpenPath } from './brokers/latency.ts'
import { metered, paired, pairResult, type Side } from './brokers/paired.ts'
import type { Result } from './measure.ts'
import { attributesByHand, headersByHand, payloadByHand } from './nats/by-hand.ts'
import { concurrently } from './nats/concurrently.ts'
import { freshEvents, numberOf } from './nats/events.ts'
import { startFeeder } from './nats/feeder.ts'
import { highestRate } from './nats/highest.ts'

interface Clients {
  readonly address: string
  readonly ours: NatsBroker
  readonly raw: NatsConnection
}

const group = 'bench'
/** Events of one call, after which the server's answer is awaited. */
const chunk = 500
const requestsAtOnce = 64
const sizes = [
  { name: '200 B', bytes: 200, count: 150_000 },
  { name: '10 KB', bytes: 10_240, count: 15_000 },
]

/** Core NATS against nats.js on the same server: same headers, same moment at which a publish counts as done. */
export async function* natsBench(): AsyncGenerator<Result> {
  const server = await startServer('nats')
  try {
    yield* measured(server)
  } finally {
    await server.stop()
  }
}

async function* measured({ address }: LocalServer): AsyncGenerator<Result> {
  const raw = await connect({ servers: address })
  await using ours = await nats({ servers: address })
  const clients = { address, ours, raw }
  for (const size of sizes) {
    yield* publish(clients, size)
    yield* subscribe(clients, size)
  }
  yield* request(clients)
  yield* latency(clients)
  await raw.close()
}

async function* publish({ ours, raw }: Clients, { name, bytes, count }: (typeof sizes)[number]) {
  const events = freshEvents(bytes)(0, 1_000)
  const written = events.map((event) => headersByHand(event))
  const chunks = async (send: (from: number) => unknown) => {
    for (let at = 0; at < count; at += chunk) await send(at % 1_000)
  }
  const byHand =
    (headersOf: (index: number) => ReturnType<typeof headersByHand> | undefined) => (from: number) => {
      for (let i = from; i < from + chunk; i++) {
        const event = events[i]
        const headers = headersOf(i)
        if (event !== undefined && headers !== undefined)
          raw.publish('published', payloadByHand(event), { headers })
      }
      return raw.flush()
    }
  const writeAnew = byHand((i) => events[i] && headersByHand(events[i]))
  const writeOnce = byHand((i) => written[i])
  const samples = await paired({
    ours: () =>
      metered(count, () => chunks((from) => ours.publish('published', events.slice(from, from + chunk)))),
    raw: () => metered(count, () => chunks(writeAnew)),
    once: () => metered(count, () => chunks(writeOnce)),
  })
  yield pairResult('nats', `publish, ${name}, against nats.js`, samples.ours, samples.raw)
  yield pairResult(
    'nats',
    `publish, ${name}, against nats.js with headers made before`,
    samples.ours,
    samples.once,
  )
}

async function* subscribe({ address, ours, raw }: Clients, { name, bytes, count }: (typeof sizes)[number]) {
  const feeder = startFeeder(address, ['ours', 'raw'], bytes)
  let arrived = () => {}
  const handled = ({ type }: { readonly type?: string | undefined }) => {
    if (type !== undefined) arrived()
  }
  const subscription = ours.subscribe({ topic: 'ours', group }, (event) => handled(event))
  const byHand = raw.subscribe('raw', {
    queue: group,
    callback: (_, message) => handled(attributesByHand(message)),
  })
  await Promise.all([ours.ping(), raw.flush()])
  const reading =
    (subject: string): Side =>
    () =>
      metered(
        count,
        () =>
          new Promise<void>((resolve) => {
            const more = feeder.feed(subject, count)
            let seen = 0
            arrived = () => {
              more()
              if (++seen === count) resolve()
            }
          }),
      )
  const samples = await paired({ ours: reading('ours'), raw: reading('raw') })
  yield pairResult(
    'nats',
    `queue subscribe, attributes read, ${name}, against nats.js`,
    samples.ours,
    samples.raw,
  )
  byHand.unsubscribe()
  await subscription.close()
  feeder.close()
}

async function* request({ ours, raw }: Clients) {
  const count = 20_000
  const events = freshEvents(200)(0, 1_000)
  const subscription = ours.subscribe({ topic: 'answered', group }, (event) => event)
  const byHand = raw.subscribe('answered-raw', {
    queue: group,
    callback: (_, message) => {
      if (message.headers !== undefined) message.respond(message.data, { headers: message.headers })
    },
  })
  const event = (index: number) => events[index % 1_000] ?? freshEvents(200)(index, 1)[0]
  await Promise.all([ours.ping(), raw.flush()])
  const samples = await paired(
    {
      ours: () =>
        metered(count, () =>
          concurrently(count, requestsAtOnce, async (i) => {
            const sent = event(i)
            if (sent !== undefined) await ours.request('answered', sent)
          }),
        ),
      raw: () =>
        metered(count, () =>
          concurrently(count, requestsAtOnce, async (i) => {
            const sent = event(i)
            if (sent === undefined) return
            const options = { headers: headersByHand(sent), timeout: 5_000 }
            attributesByHand(await raw.request('answered-raw', payloadByHand(sent), options))
          }),
        ),
    },
    5,
  )
  yield pairResult(
    'nats',
    `request and reply, ${requestsAtOnce} at once, against nats.js`,
    samples.ours,
    samples.raw,
  )
  byHand.unsubscribe()
  await subscription.close()
}

async function* latency({ ours, raw }: Clients) {
  const fresh = freshEvents(200)
  const ourPath: OpenPath = async (arrived) => {
    const subscription = ours.subscribe({ topic: 'path', group }, ({ id }) => arrived(numberOf(id)))
    await ours.ping()
    return {
      send: (from, to) => ours.publish('path', fresh(from, to - from)),
      close: () => subscription.close(),
    }
  }
  const rawPath: OpenPath = async (arrived) => {
    const callback = (_: unknown, message: Msg) => arrived(numberOf(attributesByHand(message).id))
    const subscription = raw.subscribe('path-raw', { queue: group, callback })
    await raw.flush()
    return {
      send(from, to) {
        for (const event of fresh(from, to - from)) {
          raw.publish('path-raw', payloadByHand(event), { headers: headersByHand(event) })
        }
        return raw.flush()
      },
      close: () => subscription.unsubscribe(),
    }
  }
  const highest = Math.min(await highestRate(ourPath, 100_000), await highestRate(rawPath, 100_000))
  const paths = { ours: ourPath, reference: rawPath }
  yield* latencyResults('nats', 'publish to handler', paths, { perSecond: highest / 2 })
}

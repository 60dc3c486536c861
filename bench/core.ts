import { HTTP, CloudEvent as SdkEvent } from 'cloudevents'
import {
  type Awaitable,
  type Broker,
  type CloudEvent,
  decodeJson,
  encodeJson,
  memory,
} from '../adapters/index.ts'
import { binding } from '../adapters/memory/index.ts'
import { sampleEvents } from './events.ts'
import { liveHeap, median, type Result, rates, result } from './measure.ts'

/** Events that are published with one call. */
const chunk = 500
/** Events published and not handled yet, at most, so that what is measured is a flow and not a backlog. */
const ahead = 5_000

export async function* coreBench(): AsyncGenerator<Result> {
  yield* codec()
  yield* endToEnd()
  yield* scale()
}

async function* codec(): AsyncGenerator<Result> {
  const events = sampleEvents(1000, 200)
  const bodies = events.map((event) => encodeJson(event))
  const texts = bodies.map((body) => new TextDecoder().decode(body))
  const sdkEvents = events.map((event) => new SdkEvent(event))
  const requests = texts.map((body) => ({
    headers: { 'content-type': 'application/cloudevents+json' },
    body,
  }))
  const sdk = new SdkEvent({ type: 't', source: '/s' })

  const decode = await rates({
    ours: each((i) => decodeJson(bodies[i] ?? new Uint8Array())),
    sdk: each((i) => {
      const event = HTTP.toEvent(requests[i] ?? { headers: {}, body: '' })
      if (event instanceof SdkEvent) event.validate()
      return event ?? sdk
    }),
    json: each((i) => JSON.parse(texts[i] ?? '')),
  })
  yield result('core', 'structured decode, validated, 200 B, against the SDK', decode.ours, decode.sdk)
  yield result('core', 'structured decode, validated, 200 B, against JSON.parse', decode.ours, decode.json)

  const encode = await rates({
    ours: each((i) => encodeJson(events[i] ?? sdk)),
    sdk: each((i) => HTTP.structured(sdkEvents[i] ?? sdk)),
    json: each((i) => JSON.stringify(events[i])),
  })
  yield result('core', 'structured encode, validated, 200 B, against the SDK', encode.ours, encode.sdk)
  yield result(
    'core',
    'structured encode, validated, 200 B, against JSON.stringify',
    encode.ours,
    encode.json,
  )
}

async function* endToEnd(): AsyncGenerator<Result> {
  const events = sampleEvents(1000, 200)
  const messages = events.map((event) => binding.encode(event))
  let seen = 0
  const handler = (event: CloudEvent) => {
    if (event.type !== '') seen++
  }
  const measured = await rates(
    {
      ours: (count) => flow(count, events, 1000, handler),
      async: (count) => flow(count, events, 1000, async (event) => handler(event)),
      loop: (count) => {
        for (let i = 0; i < count; i++) {
          const message = messages[i % 1000]
          if (message !== undefined) handler(binding.decode(message))
        }
      },
      codec: (count) => {
        for (let i = 0; i < count; i++) {
          const event = events[i % 1000]
          if (event !== undefined) handler(binding.decode(binding.encode(event)))
        }
      },
    },
    { rounds: 9, roundMs: 700 },
  )
  yield result(
    'core',
    'memory broker end to end, 200 B, against decode + handler',
    measured.ours,
    measured.loop,
  )
  yield result(
    'core',
    'memory broker end to end, 200 B, against encode + decode + handler',
    measured.ours,
    measured.codec,
  )
  yield result(
    'core',
    'memory broker end to end, 200 B, async handler, against one that is not',
    measured.async,
    measured.ours,
  )
  if (seen === 0) throw new Error('the handler never ran')
}

/** Rates at growing backlogs and key counts, each against the smallest, and the heap that is left afterwards. */
async function* scale(): AsyncGenerator<Result> {
  const events = sampleEvents(1000, 200)
  const sizes = [10_000, 100_000, 1_000_000]
  const bySize = await interleaved(sizes, (count) => steadyFlow(count, events), 5)
  for (const size of sizes.slice(1)) {
    yield result('core', `${size} events against 10000`, bySize.get(size), bySize.get(10_000))
  }
  const keys = [1, 1_000, 100_000]
  const byKeys = await interleaved(keys, (count) => flow(200_000, events, count), 7)
  for (const count of keys.slice(1)) {
    yield result('core', `${count} keys against 1`, byKeys.get(count), byKeys.get(1))
  }
  const heap = new Map<number, number[]>()
  for (const count of [100_000, 1_000_000]) heap.set(count, [await heapAfter(count, events)])
  yield result(
    'core',
    'heap held after 1000000 events against 100000',
    heap.get(1_000_000),
    heap.get(100_000),
    'bytes',
  )
}

/** The rate of a flow; a short one is repeated, or a single pause would decide it. */
async function steadyFlow(count: number, events: readonly CloudEvent[]): Promise<number> {
  const samples: number[] = []
  for (let sent = 0; sent < 200_000; sent += count) samples.push(await flow(count, events, 1000))
  return median(samples)
}

async function interleaved(
  values: readonly number[],
  run: (value: number) => Promise<number>,
  rounds: number,
) {
  const samples = new Map(values.map((value): [number, number[]] => [value, []]))
  for (const value of values) await run(value)
  for (let round = 0; round < rounds; round++) {
    for (const value of round % 2 === 0 ? values : [...values].reverse())
      samples.get(value)?.push(await run(value))
  }
  return samples
}

/** Publishes and handles `count` events over `keys` keys; resolves to events per second. */
async function flow(
  count: number,
  events: readonly CloudEvent[],
  keys: number,
  handler: (event: CloudEvent) => Awaitable<void> = () => {},
): Promise<number> {
  await using broker = memory()
  const names = Array.from({ length: keys }, (_, index) => `key-${index}`)
  const start = performance.now()
  await pour(broker, count, events, names, handler)
  return (count / (performance.now() - start)) * 1000
}

async function pour(
  broker: Broker,
  count: number,
  events: readonly CloudEvent[],
  names: readonly string[],
  handler: (event: CloudEvent) => Awaitable<void>,
): Promise<void> {
  let handled = 0
  let wake = () => {}
  let awaited = 0
  broker.subscribe({ topic: 'bench', group: 'bench' }, (event) => {
    if (++handled === awaited) wake()
    return handler(event)
  })
  const reach = (goal: number) =>
    new Promise<void>((resolve) => {
      if (handled >= goal) return resolve()
      awaited = goal
      wake = resolve
    })
  for (let at = 0; at < count; at += chunk) {
    const batch = []
    for (let i = at; i < Math.min(at + chunk, count); i++) {
      const event = events[i % events.length]
      if (event !== undefined) batch.push(event)
    }
    let next = at
    await broker.publish('bench', batch, { key: () => names[(next++ * 7919) % names.length] })
    if (at > ahead) await reach(at - ahead)
  }
  await reach(count)
}

async function heapAfter(count: number, events: readonly CloudEvent[]): Promise<number> {
  await using broker = memory({ retainCount: 1000 })
  await pour(broker, count, events, ['key'], () => {})
  return liveHeap()
}

/** A round that calls `run` with indexes of a thousand samples. */
function each(run: (index: number) => unknown) {
  return (count: number) => {
    let last: unknown
    for (let i = 0; i < count; i++) last = run(i % 1000)
    if (last === undefined) throw new Error('nothing was measured')
  }
}

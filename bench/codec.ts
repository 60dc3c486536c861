import { CloudEvent as SdkEvent } from 'cloudevents'
import { httpBinding } from '../adapters/http/index.ts'
import type { CloudEvent } from '../adapters/index.ts'
import { fromSdk, toSdk } from '../adapters/sdk.ts'
import { httpBinary, httpStructured } from './codec/http-wires.ts'
import { kafkaBinary, kafkaFetched, kafkaStructured } from './codec/kafka-wires.ts'
import { kinesisStructured, messageWire, natsBinary, pubsubBinary } from './codec/message-wires.ts'
import { encodedOrderEvents, orderEvents } from './codec/orders.ts'
import { attributesRead, rotating, travel, type Wire, withData } from './codec/wire.ts'
import { sampleEvents } from './events.ts'
import { type Rates, type Result, type Round, rates, result } from './measure.ts'

/** Many short rounds: what else the machine does then strikes all candidates alike. */
const rounds = { rounds: 25, roundMs: 22 }
const small = 200
const large = 10 * 1024
const huge = 100 * 1024

/** Ratios of rates: at 0.91 of a bare JSON call, ours takes 1.1 times its time. */
export async function* codecBench(): AsyncGenerator<Result> {
  for (const bytes of [small, large]) {
    const events = orderEvents(1000, bytes)
    yield* compare(kafkaBinary, events, bytes)
    yield* compare(httpBinary, events, bytes)
    yield* compare(natsBinary, events, bytes)
    yield* compare(pubsubBinary, events, bytes)
    yield* compare(kafkaStructured, events, bytes)
    yield* compare(httpStructured, events, bytes)
    yield* compare(kinesisStructured, events, bytes)
  }
  yield* oneText()
  for (const bytes of [small, large, huge]) yield* attributesOnly(bytes)
  yield* encodedValues()
  yield* strictness()
  yield* conversion()
}

/** Reading, data included, and writing: ours against the package and against the bare JSON calls. */
async function* compare<R, S>(
  wire: Wire<R, S>,
  events: readonly CloudEvent[],
  bytes: number,
): AsyncGenerator<Result> {
  const { received, sdkEvents } = travel(wire, events)
  const { sdk, json } = wire
  const decoding: Record<string, Round> = {
    ours: rotating(received, (message) => withData(wire.decode(message))),
    json: rotating(received, (message) => json.parse(message)),
  }
  const encoding: Record<string, Round> = {
    ours: rotating(events, (event) => wire.encode(event)),
    json: rotating(events, (event) => json.stringify(event)),
  }
  if (sdk !== undefined) {
    decoding.sdk = rotating(received, (message) => withData(sdk.decode(message)))
    encoding.sdk = rotating(sdkEvents, (event) => sdk.encode(event))
  }
  const decode = await rates(decoding, rounds)
  const encode = await rates(encoding, rounds)
  const name = (verb: string, reference: string) =>
    `${wire.name}: ${verb}, ${sizeName(bytes)}, against ${reference}`
  if (sdk !== undefined) yield line(name('decode and read data', 'the SDK'), decode.ours, decode.sdk)
  yield line(name('decode and read data', 'JSON.parse'), decode.ours, decode.json)
  if (sdk !== undefined) yield line(name('encode', 'the SDK'), encode.ours, encode.sdk)
  yield line(name('encode', 'JSON.stringify'), encode.ours, encode.json)
}

/** The data for which JSON.parse has the least to do. */
async function* oneText(): AsyncGenerator<Result> {
  const { received } = travel(httpBinary, sampleEvents(1000, large))
  const { ours, json } = await rates(
    {
      ours: rotating(received, (message) => withData(httpBinary.decode(message))),
      json: rotating(received, (message) => httpBinary.json.parse(message)),
    },
    rounds,
  )
  yield line('http binary: decode and read data, 10 KB in one text, against JSON.parse', ours, json)
}

/** What a router or a filter does: the data stays bytes. */
async function* attributesOnly(bytes: number): AsyncGenerator<Result> {
  const events = orderEvents(bytes === huge ? 100 : 1000, bytes)
  const { received } = travel(httpBinary, events)
  const measured = await rates(
    {
      ...attributeRound(kafkaBinary, events),
      ...attributeRound(kafkaFetched, events),
      ...attributeRound(httpBinary, events),
      ...attributeRound(natsBinary, events),
      ...attributeRound(pubsubBinary, events),
      ...attributeRound(kinesisStructured, events),
      json: rotating(received, (message) => httpBinary.json.parse(message)),
    },
    rounds,
  )
  const { json, ...wires } = measured
  for (const [name, rate] of Object.entries(wires)) {
    yield line(`${name}: attributes only, ${sizeName(bytes)}, against JSON.parse of the data`, rate, json)
  }
}

function attributeRound<R, S>(wire: Wire<R, S>, events: readonly CloudEvent[]): Record<string, Round> {
  const { received } = travel(wire, events)
  return { [wire.name]: rotating(received, (message) => attributesRead(wire.decode(message))) }
}

/** Attributes that headers cannot hold as they are, against plain ones. */
async function* encodedValues(): AsyncGenerator<Result> {
  const plain = orderEvents(1000, small)
  const encoded = encodedOrderEvents(1000, small)
  for (const wire of [natsBinary, messageWire(httpBinding(), 'binary')]) {
    const plainMessages = travel(wire, plain).received
    const encodedMessages = travel(wire, encoded).received
    const decode = await rates(
      {
        plain: rotating(plainMessages, (message) => withData(wire.decode(message))),
        encoded: rotating(encodedMessages, (message) => withData(wire.decode(message))),
      },
      rounds,
    )
    const encode = await rates(
      {
        plain: rotating(plain, (event) => wire.encode(event)),
        encoded: rotating(encoded, (event) => wire.encode(event)),
      },
      rounds,
    )
    yield line(
      `${wire.name}: decode two percent-encoded values, against plain ones`,
      decode.encoded,
      decode.plain,
    )
    yield line(
      `${wire.name}: encode two percent-encoded values, against plain ones`,
      encode.encoded,
      encode.plain,
    )
  }
}

/** What it costs to forgive, where there is nothing to forgive and where there is. */
async function* strictness(): AsyncGenerator<Result> {
  const lenient = messageWire(httpBinding(), 'binary')
  const strict = httpBinding({ strict: true })
  const { received } = travel(lenient, orderEvents(1000, small))
  const raw = received.map((message) => {
    return {
      ...message,
      headers: { ...message.headers, 'ce-tenant': 'tenant with spaces', 'ce-region': '100%' },
    }
  })
  const { forgiving, refusing, forgiven } = await rates(
    {
      forgiving: rotating(received, (message) => lenient.decode(message)),
      refusing: rotating(received, (message) => strict.decode(message)),
      forgiven: rotating(raw, (message) => lenient.decode(message)),
    },
    rounds,
  )
  yield line('http binary: decode, lenient, against strict', forgiving, refusing)
  yield line('http binary: decode with two leniencies taken, against none', forgiven, forgiving)
}

/** The edge to the package, against making one of its events. */
async function* conversion(): AsyncGenerator<Result> {
  const { events, sdkEvents, received } = travel(httpBinary, orderEvents(1000, small))
  const decoded = received.map((message) => httpBinary.decode(message))
  const { construct, to, toReceived, from } = await rates(
    {
      construct: rotating(events, (event) => new SdkEvent<unknown>(event)),
      to: rotating(events, (event) => toSdk(event)),
      toReceived: rotating(decoded, (event) => toSdk(event)),
      from: rotating(sdkEvents, (event) => fromSdk(event)),
    },
    rounds,
  )
  yield line('toSdk of an event, against new CloudEvent() of the SDK', to, construct)
  yield line('toSdk of a received event, against new CloudEvent() of the SDK', toReceived, construct)
  yield line('fromSdk, against new CloudEvent() of the SDK', from, construct)
}

function line(name: string, ours?: Rates, reference?: Rates): Result {
  return result('codec', name, ours, reference)
}

function sizeName(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${bytes / 1024} KB`
}

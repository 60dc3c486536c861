import { deepStrictEqual } from 'node:assert/strict'
import type { CloudEventV1 } from 'cloudevents'
import { CloudEvent as SdkEvent } from 'cloudevents'
import type { CloudEvent } from '../../adapters/index.ts'
import type { Round } from '../measure.ts'

/** One transport and mode, as its client gives and takes messages. */
export interface Wire<Received, Sent> {
  readonly name: string
  decode(received: Received): CloudEvent
  encode(event: CloudEvent): Sent
  /** What the receiving client gives of what the sending client was given. */
  arrive(sent: Sent): Received
  /** The `cloudevents` package, made usable on this client; absent where it has no binding. */
  readonly sdk?: {
    decode(received: Received): CloudEventV1<unknown>
    encode(event: SdkEvent<unknown>): Sent
  }
  /** The least that reading and writing the same bytes takes. */
  readonly json: BareJson<Received>
}

/** The bare JSON calls. */
interface BareJson<Received> {
  parse(received: Received): unknown
  stringify(event: CloudEvent): Uint8Array
}

export type WireMode = 'binary' | 'structured'

/** The bare JSON calls for the bytes that `bytesOf` finds: the data in binary mode, all of the event in structured mode. */
export function bareJson<R>(mode: WireMode, bytesOf: (received: R) => Buffer): BareJson<R> {
  const isBinary = mode === 'binary'
  return {
    parse: (received) => JSON.parse(bytesOf(received).toString()),
    stringify: (event) => Buffer.from(JSON.stringify(isBinary ? event.data : event)),
  }
}

/** Bytes in a buffer of their own, as what comes out of a socket. */
export function arrived(bytes: Uint8Array | string | null | undefined): Buffer {
  return typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes ?? '')
}

/** Messages of a wire, with what measures need of them. */
export interface Traffic<Received> {
  readonly events: readonly CloudEvent[]
  readonly sdkEvents: readonly SdkEvent<unknown>[]
  readonly received: readonly Received[]
}

/** Lets the events travel, after each library was seen to read what either wrote, and to read the same. */
export function travel<R, S>(wire: Wire<R, S>, events: readonly CloudEvent[]): Traffic<R> {
  const received = events.map((event) => wire.arrive(wire.encode(event)))
  const sdkEvents = wire.sdk === undefined ? [] : events.map((event) => new SdkEvent<unknown>(event))
  for (const [index, event] of events.slice(0, 50).entries()) {
    const message = at(received, index)
    const parsed = wire.json.parse(message)
    deepStrictEqual(essence(wire.decode(message)), essence(event))
    deepStrictEqual(isEnvelope(parsed) ? parsed.data : parsed, event.data)
    deepStrictEqual(JSON.parse(Buffer.from(wire.json.stringify(event)).toString()), parsed)
    if (wire.sdk === undefined) continue
    deepStrictEqual(essence(wire.sdk.decode(message)), essence(event))
    const theirs = wire.arrive(wire.sdk.encode(at(sdkEvents, index)))
    deepStrictEqual(essence(wire.decode(theirs)), essence(event))
  }
  return { events, sdkEvents, received }
}

function isEnvelope(parsed: unknown): parsed is CloudEvent {
  return typeof parsed === 'object' && parsed !== null && 'specversion' in parsed
}

/** What both libraries must see: the package rewrites `time` to milliseconds and takes a Kafka key for an attribute. */
function essence({
  specversion,
  id,
  source,
  type,
  subject,
  datacontenttype,
  region,
  tenant,
  time = '',
  data,
}: CloudEvent) {
  return {
    specversion,
    id,
    source,
    type,
    subject,
    datacontenttype,
    region,
    tenant,
    at: Date.parse(time),
    data,
  }
}

/** Results are kept for a while, so that making them is not optimized away. */
const kept: unknown[] = new Array(16).fill(undefined)

/** A round that calls `run` with the items in rotation. */
export function rotating<T>(items: readonly T[], run: (item: T) => unknown): Round {
  return (iterations) => {
    for (let i = 0; i < iterations; i++) kept[i & 15] = run(at(items, i % items.length))
    if (kept[0] === undefined) throw new Error('nothing was measured')
  }
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new RangeError(`there is no item ${index}`)
  return item
}

/** An event whose data was read. */
export function withData<E extends CloudEventV1<unknown> | CloudEvent>(event: E): E {
  if (event.data === undefined) throw new Error('the data is missing')
  return event
}

/** Reads what a router reads, and no data. */
export function attributesRead(event: CloudEvent): number {
  const { id, source, type, subject = '', time = '' } = event
  return id.length + source.length + type.length + subject.length + time.length
}

import type { Broker, SubscribeOptions } from '../../adapters/core/broker.ts'
import type { Capabilities, Driver, Source, StartPosition } from '../../adapters/core/driver.ts'
import { type CloudEvent, createEvent } from '../../adapters/core/event.ts'
import type { Handler } from '../../adapters/core/handler.ts'
import type { Policy } from '../../adapters/core/policy.ts'
import { ConformanceError, fail } from './check.ts'
import { deadlineOf, type Harness, type Load, loadOf, type Wrap } from './harness.ts'
import { openReader, openReceiver, type Reader, type Receiver, type Settle } from './reader.ts'
import { createWaiting, type Waiting } from './waiting.ts'

export interface ReadOptions extends SubscribeOptions {
  /** Default: the broker of the trial. */
  readonly broker?: Broker | undefined
}

/** What a case works with. Whatever it opens is closed when it ends. */
export interface Trial extends Omit<Waiting, 'end'> {
  readonly harness: Harness
  readonly load: Load
  readonly capabilities: Capabilities
  readonly broker: Broker
  /** The driver behind `broker`. */
  readonly driver: Driver
  /** Another connection to the same server. */
  open(wrap?: Wrap): Promise<Broker>
  /** A new, empty topic. */
  topic(): Promise<string>
  /** A new group of a topic. */
  source(topic: string, start?: StartPosition): Source
  /** An event with a number, `n`; with more attributes, or others. */
  event(n: number, attributes?: Readonly<Record<string, unknown>>): CloudEvent
  /** `count` events, numbered from `from`. */
  events(count: number, from?: number): readonly CloudEvent[]
  /** Subscribes; without a handler every event is acknowledged. Failed attempts are repeated soon, and many times. */
  read(source: Source, handler?: Handler, options?: ReadOptions): Promise<Reader>
  /** Reads through the driver alone; without `settle` every message is acknowledged. */
  receive(source: Source, settle?: Settle): Promise<Receiver>
}

/** Retries that keep the suite fast; a case that is about a policy gives its own. */
export const patient: Policy = {
  maxAttempts: 1_000,
  backoff: { initialMs: 2, maxMs: 20 },
  deadLetter: false,
  drainMs: 1_000,
}

export interface OpenTrial {
  readonly trial: Trial
  /** Closes everything. Rejects where a broker does not close in time. */
  end(): Promise<void>
}

export async function openTrial(harness: Harness): Promise<OpenTrial> {
  const { quietMs = 250 } = harness
  const waiting = createWaiting({ deadlineMs: deadlineOf(harness), quietMs })
  const brokers: Broker[] = []
  const name = `conformance-${crypto.randomUUID().slice(0, 8)}`
  const prepared = new Map<string, Promise<void>>()
  let groups = 0

  async function open(wrap: Wrap = (driver) => driver): Promise<Broker> {
    const broker = await waiting.within('opening a broker', harness.open(wrap))
    brokers.push(broker)
    return broker
  }

  async function openWithDriver(): Promise<[Broker, Driver]> {
    let found: Driver | undefined
    const broker = await open((driver) => {
      found = driver
      return driver
    })
    return [broker, found ?? fail('harness.open did not put `wrap` around its driver')]
  }

  function event(n: number, attributes: Readonly<Record<string, unknown>> = {}): CloudEvent {
    const type = 'waybill.conformance.numbered'
    return createEvent({ type, source: `/${name}`, id: String(n), data: { n }, ...attributes })
  }

  async function prepare(source: Source): Promise<void> {
    if (harness.group === undefined) return
    const key = JSON.stringify([source.topic, source.group])
    const created = prepared.get(key) ?? waiting.within('creating a group', harness.group(source))
    prepared.set(key, created)
    await created
  }

  const [broker, driver] = await openWithDriver()

  const { end: endWaiting, ...waits } = waiting
  const trial: Trial = {
    ...waits,
    harness,
    load: loadOf(harness),
    capabilities: broker.capabilities,
    broker,
    driver,
    open,
    topic: () => waiting.within('creating a topic', harness.topic()),
    source: (topic, start) => ({ topic, group: `${name}-${++groups}`, start }),
    event,
    events: (count, from = 0) => Array.from({ length: count }, (_, index) => event(from + index)),
    async read(source, handler = () => {}, { broker: reading = broker, policy, ...options } = {}) {
      await prepare(source)
      const all = { ...options, policy: { ...patient, ...policy } }
      return openReader({ broker: reading, source, handler, options: all, waiting })
    },
    async receive(source, settle = (batch) => batch.map(() => ({ kind: 'ack' }))) {
      await prepare(source)
      return openReceiver({ broker, driver, source, settle, waiting })
    },
  }

  async function end(): Promise<void> {
    endWaiting()
    const closing = brokers.map((each) => waiting.within('closing a broker', each.close()))
    const failed = (await Promise.allSettled(closing)).find((result) => result.status === 'rejected')
    // Reading that could not go on is the business of the case, not of the clean-up.
    if (failed?.status === 'rejected' && failed.reason instanceof ConformanceError) throw failed.reason
  }

  return { trial, end }
}

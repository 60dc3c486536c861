import type { Broker, SubscribeOptions, Subscription } from '../../adapters/core/broker.ts'
import type { Deliver, Delivery, Driver, Outcome, Source } from '../../adapters/core/driver.ts'
import { messageOf } from '../../adapters/core/errors.ts'
import { type CloudEvent, createEvent } from '../../adapters/core/event.ts'
import type { Awaitable, Handler } from '../../adapters/core/handler.ts'
import { fail, show } from './check.ts'
import type { Waiting } from './waiting.ts'

/** One call of a handler. */
export interface Call {
  readonly event: CloudEvent
  /** The number of an event that {@link Trial.event} made. */
  readonly n: number
  readonly attempt: number
  readonly delivery: Delivery
  /** Milliseconds of a monotonic clock. */
  readonly at: number
}

/** A subscription that writes down what it sees. */
export interface Reader {
  readonly source: Source
  readonly subscription: Subscription
  /** Calls of the handler, in order. */
  readonly calls: readonly Call[]
  /** The calls that returned, in the order in which they did. */
  readonly handled: readonly Call[]
  /** Waits until the handler has returned for each of these events. */
  gets(events: readonly CloudEvent[]): Promise<readonly Call[]>
  close(): Promise<void>
}

const probeType = 'waybill.conformance.probe'

function isProbe(event: CloudEvent): boolean {
  return event.type === probeType
}

export interface ReaderParts {
  readonly broker: Broker
  readonly source: Source
  readonly handler: Handler
  readonly options: SubscribeOptions
  readonly waiting: Waiting
}

/** Subscribes. Returns once events that are published from now on arrive. */
export async function openReader({
  broker,
  source,
  handler,
  options,
  waiting,
}: ReaderParts): Promise<Reader> {
  const calls: Call[] = []
  const handled: Call[] = []
  let probed = false
  let failure: { readonly error: unknown } | undefined
  const record: Handler = async (event, context) => {
    if (isProbe(event)) {
      probed = true
      return
    }
    const { attempt, delivery } = context
    const call = { event, n: Number(event.id), attempt, delivery, at: performance.now() }
    calls.push(call)
    const result = await handler(event, context)
    handled.push(call)
    return result
  }
  const subscription = broker.subscribe(source, record, options)
  subscription.done.catch((error: unknown) => {
    failure = { error }
  })
  const goOn = () => {
    if (failure !== undefined) fail(`reading "${source.topic}" ended: ${messageOf(failure.error)}`)
  }
  await arrive(broker, source, waiting, () => {
    goOn()
    return probed
  })
  return {
    source,
    subscription,
    calls,
    handled,
    async gets(events) {
      const missing = () => {
        const ids = new Set(handled.map(({ event }) => event.id))
        return events.map(({ id }) => id).filter((id) => !ids.has(id))
      }
      await waiting.until(
        `${events.length} events to be handled`,
        () => {
          goOn()
          return handled.length >= events.length && missing().length === 0
        },
        () => `${handled.length} were, in ${calls.length} calls; missing: ${show(missing())}`,
      )
      return handled
    },
    close: () => waiting.within('closing a subscription', subscription.close()),
  }
}

/**
 * Where a group gets only what is published after it began to read, publishes until something arrives: nothing else
 * tells when that is.
 */
async function arrive(
  broker: Broker,
  { topic, start }: Source,
  waiting: Waiting,
  arrived: () => boolean,
): Promise<void> {
  const { delivery, replay } = broker.capabilities
  if (start !== undefined || (delivery === 'at-least-once' && replay.includes('earliest'))) return
  await waiting.until(
    'a subscription to be ready',
    async () => {
      if (arrived()) return true
      await broker.publish(topic, createEvent({ type: probeType, source: '/conformance' }))
      return false
    },
    () => 'none of the events published to probe it arrived',
  )
}

/** What is read of a source without the runner: the driver's own deliveries. */
export interface Receiver {
  readonly deliveries: readonly Delivery[]
  /** Numbers of the events, as {@link Trial.event} gave them. */
  numbers(): readonly number[]
  /** Stops fetching, and returns when the driver has settled what it was told. */
  stop(): Promise<void>
}

/** Tells what became of a batch; `stopped` aborts when {@link Receiver.stop} is called. */
export type Settle = (batch: readonly Delivery[], stopped: AbortSignal) => Awaitable<readonly Outcome[]>

export interface ReceiverParts {
  readonly broker: Broker
  readonly driver: Driver
  readonly source: Source
  readonly settle: Settle
  readonly waiting: Waiting
}

/** Reads through the driver alone. Returns once messages that are sent from now on arrive. */
export async function openReceiver({
  broker,
  driver,
  source,
  settle,
  waiting,
}: ReceiverParts): Promise<Receiver> {
  const deliveries: Delivery[] = []
  const stop = new AbortController()
  let probed = false
  let failure: { readonly error: unknown } | undefined
  const deliver: Deliver = async (batch) => {
    const probes = batch.map((delivery) => isProbeMessage(broker, delivery))
    const rest = batch.filter((_, index) => !probes[index])
    probed ||= probes.includes(true)
    deliveries.push(...rest)
    const outcomes = rest.length === 0 ? [] : await settled(rest)
    const next = outcomes[Symbol.iterator]()
    return probes.map((probe) => (probe ? { kind: 'ack' } : (next.next().value ?? { kind: 'release' })))
  }
  const settled = async (batch: readonly Delivery[]) => {
    try {
      return await settle(batch, stop.signal)
    } catch (error) {
      failure ??= { error }
      return []
    }
  }
  const goOn = () => {
    if (failure !== undefined) fail(`receive of "${source.topic}" ended: ${messageOf(failure.error)}`)
  }
  const reading = driver.receive(source, deliver, stop.signal, { prefetch: 256 })
  reading.catch((error: unknown) => {
    failure = { error }
  })
  const receiver: Receiver = {
    deliveries,
    numbers() {
      goOn()
      return deliveries.map(({ message }) => Number(broker.binding.decode(message).id))
    },
    stop() {
      stop.abort()
      return waiting.within('ending receive after its signal aborted', reading)
    },
  }
  waiting.onEnd(() => stop.abort())
  await arrive(broker, source, waiting, () => {
    goOn()
    return probed
  })
  return receiver
}

function isProbeMessage({ binding }: Broker, { message }: Delivery): boolean {
  try {
    return isProbe(binding.decode(message))
  } catch {
    return false
  }
}

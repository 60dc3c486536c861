import type { Binding } from './binding.ts'
import type {
  Broker,
  PublishOptions,
  Receipt,
  SendOptions,
  SubscribeOptions,
  Subscription,
} from './broker.ts'
import { startKind } from './claims.ts'
import { type Clock, systemClock } from './clock.ts'
import { type DeadLetter, deadLetterMessage } from './dead-letter.ts'
import type { Driver, Source, StartPosition, Topology } from './driver.ts'
import { keyAfter } from './emit.ts'
import { type ErrorCode, WaybillError } from './errors.ts'
import type { CloudEvent } from './event.ts'
import { compose, type Handler } from './handler.ts'
import { journal } from './journal.ts'
import { refuseUnknown } from './known.ts'
import { type Message, sizeBound, sizeOf } from './message.ts'
import type { Logger } from './observe.ts'
import { resolvePolicy } from './policy.ts'
import { Publisher, type PublishRetry } from './publisher.ts'
import { runner } from './runner.ts'
import { validate } from './validate.ts'

export interface BrokerParts {
  /** The transport, as errors and logs name it. */
  readonly name: string
  readonly driver: Driver
  readonly binding: Binding
  readonly publishRetry?: PublishRetry | undefined
  /** Hears of events larger than every receiver must take. */
  readonly logger?: Logger | undefined
  /** Time that close gives to records that are queued or on their way, in milliseconds. Default 10 000. */
  readonly flushMs?: number | undefined
  readonly clock?: Clock | undefined
  /** A number from 0 to 1, as `Math.random` gives. */
  readonly random?: (() => number) | undefined
}

const portableBytes = 65_536
const defaultRetry: PublishRetry = { maxAttempts: 8, backoff: { initialMs: 50, maxMs: 5_000, factor: 2 } }

/** The portable broker over a driver and a binding: the same for every transport. */
export function createBroker(parts: BrokerParts): Broker {
  const {
    name,
    driver,
    binding,
    publishRetry = defaultRetry,
    clock = systemClock,
    random = Math.random,
    flushMs = 10_000,
  } = parts
  const { capabilities } = driver
  const { maxBatch, maxMessageBytes, maxBatchesInFlight = 1 } = capabilities
  const limits = {
    'maxBatch.records': maxBatch.records,
    'maxBatch.bytes': maxBatch.bytes,
    maxMessageBytes,
    maxBatchesInFlight,
  }
  for (const [limit, value] of Object.entries(limits)) {
    if (!(value >= 1))
      throw problem('ERR_CONFIG', `the driver says that ${limit} is ${value}: declare 1 or more`)
  }
  const publishers = new Map<string, Publisher>()
  const { log } = journal(undefined, parts.logger)
  const warnedOf = new Set<string>()
  const subscriptions = new Set<Subscription>()
  const abort = new AbortController()
  let closed = false
  let closing: Promise<void> | undefined

  function publisherOf(topic: string): Publisher {
    let publisher = publishers.get(topic)
    if (publisher === undefined) {
      const onIdle = () => publishers.delete(topic)
      publisher = new Publisher(topic, {
        name,
        driver,
        clock,
        random,
        retry: publishRetry,
        abort: abort.signal,
        onIdle,
      })
      publishers.set(topic, publisher)
    }
    return publisher
  }

  async function publish(
    topic: string,
    events: CloudEvent | readonly CloudEvent[],
    { key, mode, signal }: PublishOptions = {},
  ): Promise<readonly Receipt[]> {
    const messages = (isList(events) ? events : [events]).map((event) => {
      if (typeof event !== 'object' || event === null) validate(event)
      const own = typeof event.partitionkey === 'string' ? event.partitionkey : undefined
      return binding.encode(event, { mode, key: (typeof key === 'function' ? key(event) : key) ?? own })
    })
    if (parts.logger !== undefined) for (const message of messages) warnIfLarge(topic, message)
    return send(topic, messages, { signal })
  }

  async function send(topic: string, messages: readonly Message[], { signal }: SendOptions = {}) {
    if (closed) throw problem('ERR_CLOSED', 'publish after close: open a new broker')
    if (!isName(topic)) throw problem('ERR_CONFIG', 'publish needs a topic: give a text that is not empty')
    if (messages.length === 0) return []
    if (signal?.aborted)
      throw problem('ERR_ABORTED', 'the signal given to publish was aborted before it began')
    return publisherOf(topic).send(messages, { signal })
  }

  /** CloudEvents "Size Limits": nobody on the way has to take more than 64 KiB. Said once a topic. */
  function warnIfLarge(topic: string, message: Message): void {
    if (sizeBound(message) <= portableBytes || warnedOf.has(topic) || sizeOf(message) <= portableBytes) return
    warnedOf.add(topic)
    const advice = 'send less data, or a reference to it (dataref)'
    log(
      'warn',
      { topic, bytes: sizeOf(message) },
      `event above 64 KiB: not every receiver takes it; ${advice}`,
    )
  }

  /** An original that is too large by what the driver declares came from elsewhere: the server decides. */
  function sendDeadLetter(topic: string, letter: DeadLetter): Promise<unknown> {
    const message = deadLetterMessage(binding, letter, maxMessageBytes)
    return publisherOf(topic).send([message], { anySize: true })
  }

  function subscribe(source: Source, handler: Handler, options: SubscribeOptions = {}): Subscription {
    if (closed || closing !== undefined)
      throw problem('ERR_CLOSED', 'subscribe after close: open a new broker')
    if (capabilities.emitOnly)
      throw problem('ERR_UNSUPPORTED', 'it only emits: use it as a sink, and another broker as the source')
    checkSource(source)
    if (typeof handler !== 'function')
      throw problem('ERR_CONFIG', 'subscribe needs a handler: give a function')
    refuseUnknown(options, ['policy', 'sink', 'middleware', 'logger', 'observe'], 'option of subscribe', name)
    const { middleware = [], sink, logger, observe } = options
    const policy = resolvePolicy(options.policy ?? {}, source.group)
    const { deadLetter, concurrency, drainMs } = policy
    if (deadLetter === source.topic) {
      throw problem(
        'ERR_CONFIG',
        `"${deadLetter}" is its own dead letter, an endless loop: name another topic`,
      )
    }
    const target = sink?.broker ?? broker
    const stop = new AbortController()
    const end = new AbortController()
    const deliver = runner(binding, capabilities, compose(middleware, handler), {
      policy,
      logger,
      observe,
      clock,
      random,
      stop: stop.signal,
      abort: end.signal,
      emit:
        sink && ((events, { message }) => target.publish(sink.topic, events, { key: keyAfter(message.key) })),
      reply: (events, replyTo) => publish(replyTo, events),
      deadLetter: deadLetter === false ? undefined : (letter) => sendDeadLetter(deadLetter, letter),
    })
    const reading = driver.receive(source, deliver, stop.signal, { prefetch: concurrency * 16 })
    const done = reading.finally(() => subscriptions.delete(subscription))
    let ending: Promise<void> | undefined
    const drain = async () => {
      stop.abort()
      const cancel = clock.after(drainMs, () => end.abort())
      await done.finally(cancel)
    }
    const close = () => {
      ending ??= drain()
      return ending
    }
    const subscription: Subscription = { done, close, [Symbol.asyncDispose]: close }
    subscriptions.add(subscription)
    return subscription
  }

  async function replay(source: Source, from: StartPosition): Promise<void> {
    if (closed) throw problem('ERR_CLOSED', 'replay after close: open a new broker')
    checkSource(source)
    const kind = startKind(from)
    if (driver.seek === undefined || !capabilities.replay.includes(kind))
      throw unsupported(`replay from ${kind}`, capabilities.replay)
    await driver.seek(source, from)
  }

  async function ensure(topology: Topology): Promise<void> {
    if (closed) throw problem('ERR_CLOSED', 'ensure after close: open a new broker')
    if (driver.ensure === undefined) throw unsupported('creating topics', [])
    await driver.ensure(topology)
  }

  async function ping(): Promise<void> {
    if (closed) throw problem('ERR_CLOSED', 'ping after close: open a new broker')
    if (driver.ping === undefined) throw unsupported('ping', [])
    await driver.ping()
  }

  function close(): Promise<void> {
    closing ??= shut()
    return closing
  }

  /** Handlers that are still running may publish, so the door closes behind them. */
  async function shut(): Promise<void> {
    const drained = [...subscriptions].map((subscription) => subscription.close())
    if (drained.length === 0) closed = true
    const results = await Promise.allSettled(drained)
    closed = true
    const cancel = clock.after(flushMs, () => abort.abort())
    await Promise.all([...publishers.values()].map((publisher) => publisher.idle()))
    cancel()
    await driver.close()
    const failed = results.find((result) => result.status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }

  function checkSource(source: Source): void {
    refuseUnknown(source, ['topic', 'group', 'start'], 'key of a source', name)
    const { topic, group, start } = source
    if (!isName(topic)) throw problem('ERR_CONFIG', 'a source needs a topic: give a text that is not empty')
    if (!isName(group)) throw problem('ERR_CONFIG', 'a source needs a group: give a text that is not empty')
    if (start === undefined) return
    const kind = startKind(start)
    if (!capabilities.replay.includes(kind)) throw unsupported(`start from ${kind}`, capabilities.replay)
  }

  function unsupported(what: string, can: readonly string[]): WaybillError {
    const instead = can.length > 0 ? `this broker has ${can.join(', ')}` : 'use a broker that declares it'
    return problem('ERR_UNSUPPORTED', `${what} is not supported: ${instead}`)
  }

  function problem(code: ErrorCode, message: string): WaybillError {
    return new WaybillError(code, message, { adapter: name })
  }

  const broker: Broker = {
    name,
    capabilities,
    binding,
    publish,
    send,
    subscribe,
    replay,
    ensure,
    ping,
    close,
    [Symbol.asyncDispose]: close,
  }
  return broker
}

function isName(text: unknown): text is string {
  return typeof text === 'string' && text !== ''
}

function isList(events: CloudEvent | readonly CloudEvent[]): events is readonly CloudEvent[] {
  return Array.isArray(events)
}

import type { Broker } from '../../adapters/core/broker.ts'
import type { Wrap } from '../conformance/harness.ts'
import { delegate } from '../conformance/interpose.ts'
import { forgetsPositions } from './reading.ts'

/** Declares positions and goes to the beginning for each. */
export const seeksToTheBeginning: Wrap = (driver) =>
  delegate(driver, {
    seek: async (source, to) => driver.seek?.(source, to === 'latest' ? to : 'earliest'),
  })

/** Declares replay and does nothing. */
export const seeksNowhere: Wrap = (driver) => delegate(driver, { async seek() {} })

/** Declares order, delivers without lanes. */
export const namesNoLane: Wrap = (driver) =>
  delegate(driver, {
    receive: (source, deliver, signal, options) =>
      driver.receive(
        source,
        (batch) => deliver(batch.map(({ lane: _, ...delivery }) => delivery)),
        signal,
        options,
      ),
  })

/** Declares no order, and names lanes all the same. */
export const namesLanesWithoutOrder: Wrap = (driver) =>
  delegate(driver, { capabilities: { ...driver.capabilities, ordering: 'none' } })

/** Declares that nothing comes twice, and begins at the start whenever a reader comes. */
export const repeatsAtMostOnce: Wrap = (driver) =>
  delegate(forgetsPositions(driver), {
    capabilities: {
      ...driver.capabilities,
      delivery: 'at-most-once',
      redelivery: 'runner',
      attempts: false,
      delay: false,
      replay: [],
    },
  })

/** Declares no headers, and drops them. */
export const dropsHeaders: Wrap = (driver) =>
  delegate(driver, {
    capabilities: { ...driver.capabilities, headers: false },
    send: (topic, messages, signal) =>
      driver.send(
        topic,
        messages.map((message) => ({ ...message, headers: {} })),
        signal,
      ),
  })

export const declaresImpossibleLimits: Wrap = (driver) => {
  const { capabilities } = driver
  return delegate(driver, { capabilities: { ...capabilities, maxBatch: { records: 0, bytes: 1 } } })
}

/** Says no in its own words. */
export const refusesWithoutCode: Wrap = (driver) =>
  delegate(driver, { ensure: () => Promise.reject(new Error('not here')) })

/** Fails, though the server is there. */
export const failsToPing: Wrap = (driver) =>
  delegate(driver, { ping: () => Promise.reject(new Error('no pong')) })

/** Waits for an answer that never comes. */
export const neverAnswersPing: Wrap = (driver) => delegate(driver, { ping: () => new Promise(() => {}) })

/** Says that all is well, whether it is closed or not. */
export function pingsNothing(broker: Broker): Broker {
  return { ...broker, ping: async () => {} }
}

/** Takes half of what it declares. */
export const takesLess: Wrap = (driver) =>
  delegate(driver, {
    async send(topic, messages, signal) {
      const limit = driver.capabilities.maxMessageBytes / 2
      if (messages.every(({ body }) => (body?.length ?? 0) <= limit))
        return driver.send(topic, messages, signal)
      return messages.map(() => ({ error: new Error('too large after all'), retryable: false }))
    },
  })

/** Declares nothing, and then does it all the same. */
export function replaysUndeclared(broker: Broker): Broker {
  const capabilities = { ...broker.capabilities, replay: [] }
  return { ...broker, capabilities, replay: async () => {} }
}

/** Publishes on, whatever becomes of the caller. */
export function ignoresSignals(broker: Broker): Broker {
  return {
    ...broker,
    publish: (topic, events, { key, mode } = {}) => broker.publish(topic, events, { key, mode }),
  }
}

/** Makes the best of a wrong policy. */
export function ignoresPolicies(broker: Broker): Broker {
  return { ...broker, subscribe: (source, handler) => broker.subscribe(source, handler) }
}

/** Publishes by another connection once its own is closed. */
export function publishesAfterClose(broker: Broker, reopen: () => Promise<Broker>): Broker {
  let closed = false
  return {
    ...broker,
    async publish(topic, events, options) {
      return (closed ? await reopen() : broker).publish(topic, events, options)
    },
    close() {
      closed = true
      return broker.close()
    },
  }
}

import type { Driver, SendResult, Topology } from '../../adapters/core/driver.ts'
import type { Message } from '../../adapters/core/message.ts'

/** A driver that does as another one does, but for what is changed. */
export function delegate(driver: Driver, changes: Partial<Driver>): Driver {
  const { seek, ensure, ping } = driver
  return {
    capabilities: driver.capabilities,
    send: (topic, messages, signal) => driver.send(topic, messages, signal),
    receive: (source, deliver, signal, options) => driver.receive(source, deliver, signal, options),
    close: () => driver.close(),
    ...(seek && { seek: (source, to) => seek.call(driver, source, to) }),
    ...(ensure && { ensure: (topology: Topology) => ensure.call(driver, topology) }),
    ...(ping && { ping: () => ping.call(driver) }),
    ...changes,
  }
}

/** What a broker says that does not take a record, or nothing where it does. */
export type Refuse = (
  message: Message,
  topic: string,
) => { readonly error: unknown; readonly retryable: boolean } | undefined

/**
 * Refuses records before they reach the driver. As a driver must, it then refuses the later records of the same key in
 * that call, so that sending them again keeps their order.
 */
export function refusing(driver: Driver, refuse: Refuse): Driver {
  return delegate(driver, {
    async send(topic, messages, signal) {
      const refused = new Map<number, SendResult>()
      const keys = new Map<string, SendResult>()
      for (const [index, message] of messages.entries()) {
        const earlier = message.key === undefined ? undefined : keys.get(message.key)
        const result = earlier ?? refuse(message, topic)
        if (result === undefined) continue
        refused.set(index, result)
        if (message.key !== undefined) keys.set(message.key, result)
      }
      const taken = messages.filter((_, index) => !refused.has(index))
      const results = taken.length === 0 ? [] : await driver.send(topic, taken, signal)
      const rest = results[Symbol.iterator]()
      return messages.map((_, index) => refused.get(index) ?? rest.next().value ?? noResult)
    },
  })
}

const noResult: SendResult = {
  error: new Error('the driver gave no result for this record'),
  retryable: false,
}

/** Shows each call of `send` before it reaches the driver. */
export function watchingSends(
  driver: Driver,
  see: (topic: string, messages: readonly Message[]) => void,
): Driver {
  return delegate(driver, {
    send(topic, messages, signal) {
      see(topic, messages)
      return driver.send(topic, messages, signal)
    },
  })
}

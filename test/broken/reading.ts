import type { Wrap } from '../conformance/harness.ts'
import { delegate } from '../conformance/interpose.ts'

const never = new AbortController().signal

/** Goes on for ever. */
export const ignoresAbort: Wrap = (driver) =>
  delegate(driver, {
    receive: (source, deliver, _, options) => driver.receive(source, deliver, never, options),
  })

/** Says that a reading has ended, and goes on with it until the driver is closed. */
export const readsAfterTheEnd: Wrap = (driver) => {
  const closing = new AbortController()
  return delegate(driver, {
    receive: (source, deliver, signal, options) =>
      Promise.race([driver.receive(source, deliver, closing.signal, options), aborted(signal)]),
    close() {
      closing.abort()
      return driver.close()
    },
  })
}

/** Ends while handlers run. */
export const doesNotDrain: Wrap = (driver) =>
  delegate(driver, {
    receive: (source, deliver, signal, options) =>
      Promise.race([driver.receive(source, deliver, signal, options), aborted(signal)]),
  })

/** Close waits for something that does not come. */
export const neverCloses: Wrap = (driver) => delegate(driver, { close: () => new Promise(() => {}) })

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
}

/** All groups of a topic are one. */
export const mergesGroups: Wrap = (driver) =>
  delegate(driver, {
    receive: (source, deliver, signal, options) =>
      driver.receive({ ...source, group: 'the only one' }, deliver, signal, options),
  })

/** Every reader is a group of its own. */
export const splitsGroups: Wrap = (driver) =>
  delegate(driver, {
    receive: (source, deliver, signal, options) =>
      driver.receive({ ...source, group: crypto.randomUUID() }, deliver, signal, options),
  })

/** Never stores what its groups have read. */
export const forgetsPositions: Wrap = (driver) =>
  delegate(driver, {
    async receive(source, deliver, signal, options) {
      await driver.seek?.(source, 'earliest')
      return driver.receive(source, deliver, signal, options)
    },
  })

/** Groups begin at the end, wherever they are told to. */
export const startsAtTheEnd: Wrap = (driver) =>
  delegate(driver, {
    receive: (source, deliver, signal, options) =>
      driver.receive({ ...source, start: 'latest' }, deliver, signal, options),
  })

/** A topic that does not exist is read as one that is empty. */
export const hidesMissingTopics: Wrap = (driver) =>
  delegate(driver, {
    receive: (source, deliver, signal, options) =>
      driver.receive(source, deliver, signal, options).catch(() => aborted(signal)),
  })

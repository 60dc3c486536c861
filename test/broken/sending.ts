import type { SendResult } from '../../adapters/core/driver.ts'
import type { Wrap } from '../conformance/harness.ts'
import { delegate } from '../conformance/interpose.ts'

/** Drops every seventh record and says that it was accepted. */
export const losesOneInSeven: Wrap = (driver) => {
  let count = 0
  return delegate(driver, {
    async send(topic, messages, signal) {
      const kept = messages.filter(() => ++count % 7 !== 0)
      await driver.send(topic, kept, signal)
      return messages.map(() => ({}))
    },
  })
}

/** Dead letters are confirmed and thrown away. */
export const dropsDeadLetters: Wrap = (driver) =>
  delegate(driver, {
    async send(topic, messages, signal) {
      const kept = messages.filter(({ headers }) => !('ce-dlqreason' in headers))
      await driver.send(topic, kept, signal)
      return messages.map(() => ({}))
    },
  })

/** Whatever goes wrong, the record was accepted. */
export const swallowsSendErrors: Wrap = (driver) =>
  delegate(driver, {
    send: (topic, messages, signal) =>
      driver.send(topic, messages, signal).catch(() => messages.map(() => ({}))),
  })

/** Refuses what is too large, and reports that of the first record, whichever it was. */
export const reportsTheWrongIndex: Wrap = (driver) =>
  delegate(driver, {
    async send(topic, messages, signal) {
      const fits = messages.filter(({ body }) => (body?.length ?? 0) <= driver.capabilities.maxMessageBytes)
      await driver.send(topic, fits, signal)
      const refusal: SendResult = { error: new Error('too large'), retryable: false }
      return messages.map((_, index) => (fits.length < messages.length && index === 0 ? refusal : {}))
    },
  })

/** Confirms at once and sends a little later; close forgets what was not sent by then. */
export const losesOnClose: Wrap = (driver) => {
  const timers = new Set<ReturnType<typeof setTimeout>>()
  return delegate(driver, {
    async send(topic, messages) {
      const timer = setTimeout(() => {
        timers.delete(timer)
        void driver.send(topic, messages)
      }, 10)
      timers.add(timer)
      return messages.map(() => ({}))
    },
    async close() {
      for (const timer of timers) clearTimeout(timer)
      await driver.close()
    },
  })
}

/** The last record of each call goes first. */
export const reversesBatches: Wrap = (driver) =>
  delegate(driver, {
    async send(topic, messages, signal) {
      return [...(await driver.send(topic, messages.toReversed(), signal))].reverse()
    },
  })

/** Positions of a batch are counted from the wrong end. */
export const mixesReceipts: Wrap = (driver) =>
  delegate(driver, {
    async send(topic, messages, signal) {
      return [...(await driver.send(topic, messages, signal))].reverse()
    },
  })

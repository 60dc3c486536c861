import type { Message } from '../../adapters/core/message.ts'
import type { Wrap } from '../conformance/harness.ts'
import { delegate } from '../conformance/interpose.ts'

function changing(change: (message: Message) => Message): Wrap {
  return (driver) =>
    delegate(driver, { send: (topic, messages, signal) => driver.send(topic, messages.map(change), signal) })
}

function headersMapped(map: (name: string, value: string) => [string, string]): Wrap {
  return changing((message) => ({
    ...message,
    headers: Object.fromEntries(Object.entries(message.headers).map(([name, value]) => map(name, value))),
  }))
}

/** Takes every body for text. */
export const corruptsBytes = changing((message) => {
  if (message.body === null) return message
  return { ...message, body: new TextEncoder().encode(new TextDecoder().decode(message.body)) }
})

export const foldsHeaderNames = headersMapped((name, value) => [name.toLowerCase(), value])

/** What is not ASCII becomes a question mark. */
export const writesAsciiHeaders = headersMapped((name, value) => [name, value.replace(/[^ -~]/gu, '?')])

export const trimsHeaders = headersMapped((name, value) => [name, value.trim()])

export const losesKeys = changing(({ body, headers }) => ({ body, headers }))

/** Writes no data as an empty body. */
export const confusesNullWithEmpty = changing((message) => ({
  ...message,
  body: message.body ?? new Uint8Array(),
}))

/** Reads every topic that any of its readers has asked for. */
export const leaksBetweenTopics: Wrap = (driver) => {
  const topics = new Set<string>()
  return delegate(driver, {
    receive(source, deliver, signal, options) {
      topics.add(source.topic)
      return driver.receive(source, deliver, signal, options)
    },
    async send(topic, messages, signal) {
      for (const other of topics) if (other !== topic) await driver.send(other, messages.slice(0, 1), signal)
      return driver.send(topic, messages, signal)
    },
  })
}

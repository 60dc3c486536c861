import type { Driver, Refusal, SendResult } from '../core/driver.ts'
import { heldBack } from '../core/held-back.ts'
import { type Message, sizeBound, sizeOf } from '../core/message.ts'
import type { Publication, Requests } from './api.ts'
import { toPubsub } from './client.ts'
import { limits } from './limits.ts'
import { topicPath } from './names.ts'
import { isPassing, isStatus, problem, problemOf, toldBy } from './problem.ts'

/** Requests that may be on their way at once: the messages of one request have one key. */
const mostRequests = 64
/** Framing: what the encoding adds to a message, and to each of its attributes, at most. */
const framing = { message: 48, attribute: 12 } as const
/** Framing of one message with all the attributes that it can have, and the request's own. */
export const reservedBytes = 4_096
export const largestMessage = limits.message - reservedBytes
/** https://cloud.google.com/pubsub/quotas, "Resource limits": messages of one request. */
export const mostMessages = 1_000

/** Messages of one request, by their index. One that may be larger than a request is a part of its own. */
interface Part {
  readonly key: string | undefined
  readonly indexes: readonly number[]
}

/**
 * Publishes messages: those of a key in requests that wait for one another, all others side by side
 * (https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#pubsubmessage: all messages of a request have the
 * same ordering key). A request is stored as a whole or not at all.
 */
export function createSend(api: Requests): Driver['send'] {
  return async (topic, messages, signal) => {
    const path = topicPath(api.project, topic)
    const results: SendResult[] = new Array(messages.length)
    const lanes = lanesOf(messages)
    let next = 0

    /** The parts of a key, one after the other; after a failure the rest is held back. */
    async function sendLane(lane: readonly Part[]): Promise<void> {
      let failed: Refusal | undefined
      for (const part of lane) {
        if (failed !== undefined && part.key !== undefined) holdBack(part.indexes, failed)
        else failed = await sendPart(part)
      }
    }

    /** Returns the first refusal. */
    async function sendPart(part: Part): Promise<Refusal | undefined> {
      const { key, indexes } = part
      if (signal?.aborted) return refuse(indexes, closed())
      const publications: Publication[] = []
      for (const index of indexes) {
        const message = messages[index]
        if (message === undefined) continue
        if (indexes.length === 1 && mostBytes(message) > limits.message)
          return refuse(indexes, tooLarge(message))
        publications.push(toPubsub(message))
      }
      try {
        const ids = await api.publish(path, publications)
        indexes.forEach((index, i) => {
          results[index] = { position: ids[i], lane: key }
        })
        return undefined
      } catch (error) {
        // One message may be what the topic's schema or the service refuses: the others are none the worse for it.
        if (isStatus(error, 'invalidArgument') && indexes.length > 1) return sendHalves(part)
        return refuse(indexes, refusalOf(error, topic, api.address))
      }
    }

    async function sendHalves({ key, indexes }: Part): Promise<Refusal | undefined> {
      const middle = indexes.length >> 1
      const [first, second] = [indexes.slice(0, middle), indexes.slice(middle)]
      const failed = await sendPart({ key, indexes: first })
      if (failed === undefined || key === undefined)
        return (await sendPart({ key, indexes: second })) ?? failed
      holdBack(second, failed)
      return failed
    }

    function refuse(indexes: readonly number[], refusal: Refusal): Refusal {
      for (const index of indexes) results[index] = refusal
      return refusal
    }

    function holdBack(indexes: readonly number[], { retryable }: Refusal): void {
      const result = heldBack('pubsub', retryable)
      for (const index of indexes) results[index] = result
    }

    async function work(): Promise<void> {
      for (let lane = lanes[next++]; lane !== undefined; lane = lanes[next++]) await sendLane(lane)
    }

    await Promise.all(Array.from({ length: Math.min(mostRequests, lanes.length) }, work))
    return results
  }
}

/** Messages by key, each key in parts that a request can hold; the parts without a key are lanes of their own. */
function lanesOf(messages: readonly Message[]): readonly (readonly Part[])[] {
  const byKey = new Map<string | undefined, number[]>()
  for (const [index, { key }] of messages.entries()) {
    const name = key === '' ? undefined : key
    const indexes = byKey.get(name)
    if (indexes === undefined) byKey.set(name, [index])
    else indexes.push(index)
  }
  const lanes: (readonly Part[])[] = []
  for (const [key, indexes] of byKey) {
    const parts = split(messages, indexes).map((part) => ({ key, indexes: part }))
    if (key === undefined) lanes.push(...parts.map((part) => [part]))
    else lanes.push(parts)
  }
  return lanes
}

function split(messages: readonly Message[], indexes: readonly number[]): readonly (readonly number[])[] {
  const parts: number[][] = []
  let part: number[] = []
  let bytes = 0
  for (const index of indexes) {
    const message = messages[index]
    const size = message === undefined ? 0 : mostBytes(message)
    if (part.length > 0 && (part.length === mostMessages || bytes + size > limits.message - reservedBytes)) {
      parts.push(part)
      part = []
      bytes = 0
    }
    part.push(index)
    bytes += size
  }
  if (part.length > 0) parts.push(part)
  return parts
}

/** At least what a message takes of a request; of one so large that it matters, exactly that. */
function mostBytes(message: Message): number {
  const frame = framingOf(message)
  const bound = sizeBound(message) + frame
  return bound > largestMessage ? sizeOf(message) + frame : bound
}

function framingOf({ headers }: Message): number {
  let bytes: number = framing.message
  for (const _ in headers) bytes += framing.attribute
  return bytes
}

function tooLarge(message: Message): Refusal {
  const what = `the message has ${sizeOf(message)} bytes, Pub/Sub takes ${largestMessage}`
  return {
    error: problem('ERR_TOO_LARGE', `${what}: send less data, or a reference to it (dataref)`),
    retryable: false,
  }
}

function closed(): Refusal {
  return { error: problem('ERR_CLOSED', 'the broker closes: publish before'), retryable: false }
}

function refusalOf(error: unknown, topic: string, address: string): Refusal {
  const what = `publishing to "${topic}"`
  if (isStatus(error, 'invalidArgument')) {
    const refused = `${what}: the message is refused (${toldBy(error)})`
    const advice = 'see the schema of the topic, if it has one, and what Pub/Sub takes'
    return { error: problem('ERR_PUBLISH', `${refused}: ${advice}`, error), retryable: false }
  }
  const missing = 'create the topic first, in development with broker.ensure or waybill run --ensure'
  const cause = problemOf(error, { what, permission: 'pubsub.topics.publish', address, missing })
  return { error: cause, retryable: isPassing(error) }
}

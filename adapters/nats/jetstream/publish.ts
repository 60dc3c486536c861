import type { Msg } from 'nats'
import type { Driver, Refusal, SendResult } from '../../core/driver.ts'
import { heldBack } from '../../core/held-back.ts'
import { isRecord } from '../../core/is-record.ts'
import type { Message } from '../../core/message.ts'
import { Queue } from '../../core/queue.ts'
import type { Connection } from '../connection.ts'
import type { Outgoing } from '../outgoing.ts'
import { problem } from '../problem.ts'
import { latin1Of } from '../received.ts'
import { type Asker, isNobody, type Replies, type Silence } from '../replies.ts'
import { checkSubject } from '../subject.ts'
import type { Api } from './api.ts'
import { hasStream, missingStream } from './stream.ts'

export interface PublishParts {
  readonly connection: Connection
  readonly outgoing: Outgoing
  readonly replies: Replies
  readonly api: Api
  /** Messages without an answer, at most. */
  readonly outstanding: number
  readonly publishMs: number
  /** Keys are lanes. */
  readonly ordered: boolean
}

/** How long a send waits for a connection that is down, in milliseconds. */
const waitMs = 2_000
/** The usual answer, read without parsing JSON: it is as frequent as messages, and a sequence is no JavaScript number. */
const stored = /^(\{"stream":"([^"\\]+)",\s*(?:"domain":"[^"\\]*",\s*)?"seq":)\d+[,}]/
/** The message is larger than the stream takes. */
const tooLarge = 10054

/** Publishes messages, several on their way at once, and tells what the stream answered to each. */
export function createSend(parts: PublishParts): Driver['send'] {
  const { connection, outgoing, replies, api, outstanding, publishMs, ordered } = parts
  /** Of all sends together. */
  let unanswered = 0
  /** Sends that have more to put on the way. */
  const stalled = new Queue<() => void>()

  return async (topic, messages, signal) => {
    checkSubject(topic, 'jetstream')
    await connection.up(waitMs, signal === undefined ? [] : [signal])
    if (!connection.isUp) {
      const text = 'not connected to the server: check that it runs; the connection is tried without end'
      return messages.map(() => refusal('ERR_TIMEOUT', text, true))
    }
    const results = await exchange(topic, messages, signal)
    await explain(topic, results)
    failAfterFailed(messages, results)
    return results
  }

  function exchange(
    topic: string,
    messages: readonly Message[],
    signal: AbortSignal | undefined,
  ): Promise<SendResult[]> {
    const results: SendResult[] = new Array(messages.length)
    const failedKeys = new Map<string, Refusal>()
    let next = 0
    let settled = 0

    return new Promise((resolve) => {
      function settle(index: number, result: SendResult): void {
        results[index] = result
        const key = messages[index]?.key
        if ('error' in result && key !== undefined) failedKeys.set(key, result)
        if (++settled === messages.length) resolve(results)
      }

      const asker: Asker = {
        answer: (message, index) => answered(index, resultOf(message, messages[index]?.key)),
        fail: (why, index) => answered(index, silence(why)),
      }

      function answered(index: number, result: SendResult): void {
        unanswered--
        settle(index, result)
        // One that is woken may fail what it has left without waiting for any answer.
        while (unanswered < outstanding && stalled.length > 0) stalled.shift()?.()
      }

      function send(index: number, message: Message): void {
        const earlier = message.key === undefined ? undefined : failedKeys.get(message.key)
        if (earlier !== undefined) {
          settle(index, heldBack('jetstream', earlier.retryable))
          return
        }
        if (signal?.aborted) {
          settle(index, refusal('ERR_CLOSED', 'the broker closes: publish before', false))
          return
        }
        const reply = replies.expect(publishMs, asker, index)
        try {
          outgoing.put(topic, message, reply)
          unanswered++
        } catch (error) {
          replies.forget(reply)
          settle(index, { error, retryable: false })
        }
      }

      function pump(): void {
        while (next < messages.length && unanswered < outstanding) {
          const index = next++
          const message = messages[index]
          if (message !== undefined) send(index, message)
        }
        outgoing.send()
        if (next < messages.length) stalled.push(pump)
      }

      pump()
    })
  }

  function resultOf(answer: Msg, key: string | undefined): SendResult {
    const text = latin1Of(answer.data)
    // A duplicate is a message that is stored already.
    const position = positionIn(text)
    if (position !== undefined) return ordered ? { position, lane: key } : { position }
    return isNobody(answer) ? nobody : refused(answer.string())
  }

  /** Where nobody took a message: there is no such stream, or it has no leader for the moment. */
  async function explain(topic: string, results: SendResult[]): Promise<void> {
    if (!results.includes(nobody)) return
    const exists = await hasStream(api, topic).catch(() => true)
    const error = exists
      ? problem('jetstream', 'ERR_TIMEOUT', `the stream of "${topic}" does not answer: it is tried again`)
      : missingStream(topic)
    for (const [index, result] of results.entries()) {
      if (result === nobody) results[index] = { error, retryable: exists }
    }
  }

  function silence(why: Silence): Refusal {
    const what = why === 'timeout' ? `no acknowledgement in ${publishMs} ms` : 'the connection was lost'
    return refusal(
      'ERR_TIMEOUT',
      `${what}: the message may be stored or not; sent again it is stored once`,
      true,
    )
  }
}

/** What came before the sequence in the last answer, and the stream that it names: most answers begin alike. */
let last = { head: '{', stream: '' }

function positionIn(text: string): string | undefined {
  if (last.stream === '' || !text.startsWith(last.head)) {
    const [, head, stream] = stored.exec(text) ?? []
    if (head === undefined || stream === undefined) return undefined
    last = { head, stream: Buffer.from(stream, 'latin1').toString() }
  }
  const start = last.head.length
  let end = start
  while (isDigit(text.charCodeAt(end))) end++
  return end === start ? undefined : `${last.stream}:${text.slice(start, end)}`
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39
}

const nobody: SendResult = { error: undefined, retryable: true }

function refusal(
  code: 'ERR_TIMEOUT' | 'ERR_CLOSED' | 'ERR_PUBLISH',
  text: string,
  retryable: boolean,
): Refusal {
  return { error: problem('jetstream', code, text), retryable }
}

/** Later messages of a key that were on their way when an earlier one failed fail as well; the stream knows duplicates. */
function failAfterFailed(messages: readonly Message[], results: SendResult[]): void {
  const failed = new Map<string, Refusal>()
  for (const [index, { key }] of messages.entries()) {
    if (key === undefined) continue
    const [result, earlier] = [results[index], failed.get(key)]
    if (result !== undefined && 'error' in result) failed.set(key, earlier ?? result)
    else if (earlier !== undefined) results[index] = heldBack('jetstream', earlier.retryable)
  }
}

/** What the stream says that does not store a message. Trouble of the server (5xx), a full stream included, may pass. */
function refused(text: string): Refusal {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return refusal(
      'ERR_PUBLISH',
      'the acknowledgement cannot be read: is the reply subject used by others?',
      true,
    )
  }
  const {
    code,
    err_code: number,
    description,
  } = isRecord(answer) && isRecord(answer.error) ? answer.error : {}
  const what = `the stream refused the message: ${String(description)} (${String(number)})`
  if (number === tooLarge) {
    return { error: problem('jetstream', 'ERR_TOO_LARGE', `${what}: send less data`), retryable: false }
  }
  const isPassing = Number(code) >= 500
  const advice = isPassing
    ? 'make room in the stream or raise its limits'
    : 'see the configuration of the stream'
  return refusal('ERR_PUBLISH', `${what}: ${advice}`, isPassing)
}

import type { Msg } from 'nats'
import type { Capabilities, Deliver, Driver, SendResult, Source } from '../core/driver.ts'
import { codeOf } from '../core/errors.ts'
import { heldBack } from '../core/held-back.ts'
import type { Message } from '../core/message.ts'
import { percentEncode } from '../core/percent.ts'
import type { Connection } from './connection.ts'
import { Intake } from './intake.ts'
import { limitsOf } from './limits.ts'
import { createOutgoing } from './outgoing.ts'
import { problem } from './problem.ts'
import { checkFilter, checkSubject, isWildcard } from './subject.ts'
import { within } from './within.ts'

/** How long a send waits for a connection that is down, and for the server's answer, in milliseconds. */
const waitMs = 2_000
const answerMs = 5_000
/** There is nothing to tell, so one result serves for all. */
const sent: SendResult = Object.freeze({})

/**
 * Core NATS: at most once. Readers of a group are a queue group: each message goes to one of them, and to none where none
 * listens. Everything received is handled, also when the reader stops, since nobody else has it.
 */
export function natsDriver(connection: Connection, { maxPending = 100_000 } = {}): Driver {
  const { native, log } = connection
  const outgoing = createOutgoing(native, connection.headers(), 'nats')
  const capabilities: Capabilities = {
    delivery: 'at-most-once',
    ordering: 'none',
    redelivery: 'runner',
    attempts: false,
    delay: false,
    headers: true,
    replay: [],
    ...limitsOf(native),
  }

  let flushing: Promise<boolean> | undefined

  /** A PONG tells that the server took what was sent before the PING: one for all that is sent in a turn. */
  function flushed(): Promise<boolean> {
    flushing ??= Promise.resolve().then(() => {
      flushing = undefined
      return within(answerMs, native.flush())
    })
    return flushing
  }

  async function send(
    topic: string,
    messages: readonly Message[],
    signal?: AbortSignal,
  ): Promise<readonly SendResult[]> {
    checkSubject(topic, 'nats')
    await connection.up(waitMs, signal === undefined ? [] : [signal])
    if (!connection.isUp) {
      const text = 'not connected to the server: check that it runs; the connection is tried without end'
      const error = problem('nats', 'ERR_TIMEOUT', text)
      return messages.map(() => ({ error, retryable: true }))
    }
    const failedKeys = new Set<string>()
    const results = messages.map((message) => putOne(topic, message, failedKeys))
    outgoing.send()
    if (await flushed()) return results
    const text = 'the connection was lost before the server answered: the message may have arrived or not'
    const error = problem('nats', 'ERR_PUBLISH', text)
    return results.map((result) => ('error' in result ? result : { error, retryable: false }))
  }

  function putOne(topic: string, message: Message, failedKeys: Set<string>): SendResult {
    const { key } = message
    if (key !== undefined && failedKeys.has(key)) return heldBack('nats', false)
    try {
      outgoing.put(topic, message)
      return sent
    } catch (error) {
      if (key !== undefined) failedKeys.add(key)
      return { error, retryable: false }
    }
  }

  async function receive(
    { topic, group }: Source,
    deliver: Deliver,
    signal: AbortSignal,
    { prefetch }: { readonly prefetch: number },
  ): Promise<void> {
    checkFilter(topic, 'nats')
    if (signal.aborted) return
    let forget = () => {}
    const intake = new Intake({ topic, deliver, prefetch, maxPending, log })
    await new Promise<void>((resolve, reject) => {
      const queue = queueOf(topic, group)
      const fail = (error: unknown) => {
        intake.abandon().then(() => reject(error), reject)
      }
      const callback = (error: unknown, message: Msg) => {
        if (error === null) intake.take(message)
        else fail(refused(topic, error))
      }
      const subscription = native.subscribe(topic, { queue, callback })
      const stop = () => {
        // What is on its way arrives before the server's answer.
        const drained = subscription.isClosed() ? Promise.resolve() : subscription.drain()
        drained
          .catch(() => {})
          .then(() => intake.drained())
          .then(resolve, reject)
      }
      signal.addEventListener('abort', stop, { once: true })
      forget = connection.onEnd((error) => {
        if (signal.aborted) return
        fail(problem('nats', 'ERR_CLOSED', 'the connection ended: open a new broker', error))
      })
    }).finally(() => forget())
  }

  return {
    capabilities,
    send,
    receive,
    close: () => connection.close(),
    /** Subjects and queue groups need no creating. */
    async ensure() {},
    async ping() {
      if (await within(answerMs, native.flush())) return
      throw problem('nats', 'ERR_TIMEOUT', `no answer in ${answerMs} ms: check that the server runs`)
    },
  }
}

/**
 * The queue of a group, without white space, which a queue's name must not hold. The server hands a message to one reader
 * of all queues with one name whose subjects fit; what is read by a wildcard is a source of its own, so it has a name of its own.
 */
function queueOf(topic: string, group: string): string {
  const name = percentEncode(group).replaceAll('+', '%2B')
  return isWildcard(topic) ? `${name}+${topic}` : name
}

function refused(topic: string, cause: unknown): Error {
  const isDenied = codeOf(cause) === 'PERMISSIONS_VIOLATION'
  const what = isDenied ? `reading "${topic}" is not allowed` : `reading "${topic}" failed`
  return problem('nats', 'ERR_CONFIG', `${what}: check the permissions of the user`, cause)
}

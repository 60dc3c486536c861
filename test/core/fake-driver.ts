import type { Capabilities, Driver, SendResult } from '../../adapters/core/driver.ts'
import type { Message } from '../../adapters/core/message.ts'

export const capabilities: Capabilities = {
  delivery: 'at-least-once',
  ordering: 'lane',
  redelivery: 'broker',
  attempts: true,
  delay: true,
  headers: true,
  replay: ['earliest', 'latest'],
  maxBatch: { records: 100, bytes: 1_000_000 },
  maxMessageBytes: 100_000,
}

/** One call of `send` that waits for its answer. */
export interface SendCall {
  readonly topic: string
  readonly messages: readonly Message[]
  readonly signal: AbortSignal | undefined
  /** Answers with a result for each message; without arguments, all are accepted. */
  answer(results?: readonly SendResult[]): void
  refuse(error: unknown): void
}

/** A driver whose sends are answered by the test. */
export interface FakeDriver extends Driver {
  readonly calls: readonly SendCall[]
  /** How many times `close` was called. */
  readonly closed: number
  /** Answers this and every later call at once. */
  answerAll(answer?: (messages: readonly Message[]) => readonly SendResult[]): void
}

export function fakeDriver(changes: Partial<Capabilities> = {}): FakeDriver {
  const calls: SendCall[] = []
  let closed = 0
  let automatic: ((messages: readonly Message[]) => readonly SendResult[]) | undefined
  const accept = (messages: readonly Message[]): readonly SendResult[] =>
    messages.map((_, index) => ({ position: String(index) }))

  return {
    capabilities: { ...capabilities, ...changes },
    calls,
    get closed() {
      return closed
    },
    answerAll(answer = accept) {
      automatic = answer
      for (const { answer: reply, messages } of calls) reply(answer(messages))
    },
    send(topic, messages, signal) {
      return new Promise((resolve, reject) => {
        const call = {
          topic,
          messages,
          signal,
          answer: (results = accept(messages)) => resolve(results),
          refuse: reject,
        }
        calls.push(call)
        if (automatic !== undefined) call.answer(automatic(messages))
      })
    },
    receive: (_source, _deliver, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    async close() {
      closed++
    },
  }
}

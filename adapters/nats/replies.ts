import type { Msg, Subscription } from 'nats'
import type { Connection } from './connection.ts'
import { Ring } from './ring.ts'

/** Why no answer came. */
export type Silence = 'timeout' | 'disconnected' | 'closed'

/** Who asks, perhaps several questions: `n` tells which. One of the two is called for each, once. */
export interface Asker {
  answer(message: Msg, n: number): void
  fail(why: Silence, n: number): void
}

interface Waiting {
  readonly deadline: number
  readonly asker: Asker
  readonly n: number
}

const sweepMs = 100

/**
 * Answers to what this process asks: one subscription for all, and the number of the question in the last token of the
 * reply subject. The client's own `request` builds a timer, promises and text for each, several times the cost.
 */
export class Replies {
  readonly #prefix: string
  readonly #waiting = new Ring<Waiting>()
  readonly #subscription: Subscription
  readonly #forget: () => void
  #timer: ReturnType<typeof setInterval> | undefined

  constructor({ native, onChange }: Connection) {
    this.#prefix = `_INBOX.${crypto.randomUUID().replaceAll('-', '')}.`
    const callback = (error: unknown, message: Msg) => {
      if (error === null) this.#take(message)
    }
    this.#subscription = native.subscribe(`${this.#prefix}*`, { callback })
    // What was on its way when the connection broke may have arrived or not; the answer will not.
    this.#forget = onChange((isUp) => {
      if (!isUp) this.#failAll('disconnected')
    })
  }

  /** A subject for one answer to the question `n` of `asker`. */
  expect(timeoutMs: number, asker: Asker, n = 0): string {
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs)
    return this.#prefix + this.#waiting.add({ deadline: Date.now() + timeoutMs, asker, n })
  }

  /** Nobody waits for this answer any more. */
  forget(subject: string): void {
    this.#waiting.take(Number(subject.slice(this.#prefix.length)))
  }

  close(): void {
    this.#forget()
    this.#subscription.unsubscribe()
    this.#failAll('closed')
  }

  #take(message: Msg): void {
    const waiting = this.#waiting.take(Number(message.subject.slice(this.#prefix.length)))
    // None is there for a late answer, or a second one.
    waiting?.asker.answer(message, waiting.n)
  }

  #failAll(why: Silence): void {
    this.#end(why, () => true)
  }

  #sweep(): void {
    const now = Date.now()
    this.#end('timeout', ({ deadline }) => deadline <= now)
    if (this.#waiting.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Whoever hears of it may ask again. */
  #end(why: Silence, isOver: (waiting: Waiting) => boolean): void {
    const over = [...this.#waiting.entries()].filter(([, waiting]) => isOver(waiting))
    for (const [number] of over) this.#waiting.take(number)
    for (const [, { asker, n }] of over) asker.fail(why, n)
  }
}

/** True where the server says that nobody listens at the subject that was asked. */
export function isNobody(message: Msg): boolean {
  return message.data.length === 0 && message.headers?.code === 503
}

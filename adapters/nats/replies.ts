import type { Msg } from 'nats'
import type { Connection } from './connection.ts'

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
  readonly #waiting = new Map<number, Waiting>()
  readonly #forget: () => void
  #next = 0
  #timer: ReturnType<typeof setInterval> | undefined

  constructor({ native, onChange }: Connection) {
    this.#prefix = `_INBOX.${crypto.randomUUID().replaceAll('-', '')}.`
    const callback = (error: unknown, message: Msg) => {
      if (error === null) this.#take(message)
    }
    native.subscribe(`${this.#prefix}*`, { callback })
    // What was on its way when the connection broke may have arrived or not; the answer will not.
    this.#forget = onChange((isUp) => {
      if (!isUp) this.#failAll('disconnected')
    })
  }

  /** A subject for one answer to the question `n` of `asker`. */
  expect(timeoutMs: number, asker: Asker, n = 0): string {
    const id = this.#next++
    this.#waiting.set(id, { deadline: Date.now() + timeoutMs, asker, n })
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs)
    return this.#prefix + id
  }

  /** Nobody waits for this answer any more. */
  forget(subject: string): void {
    this.#waiting.delete(Number(subject.slice(this.#prefix.length)))
  }

  close(): void {
    this.#forget()
    this.#failAll('closed')
  }

  #take(message: Msg): void {
    const id = Number(message.subject.slice(this.#prefix.length))
    const waiting = this.#waiting.get(id)
    // A late answer, or a second one.
    if (waiting === undefined) return
    this.#waiting.delete(id)
    waiting.asker.answer(message, waiting.n)
  }

  #failAll(why: Silence): void {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#sweep()
    for (const { asker, n } of all) asker.fail(why, n)
  }

  #sweep(): void {
    const now = Date.now()
    for (const [id, { deadline, asker, n }] of this.#waiting) {
      if (deadline > now) continue
      this.#waiting.delete(id)
      asker.fail('timeout', n)
    }
    if (this.#waiting.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** True where the server says that nobody listens at the subject that was asked. */
export function isNobody(message: Msg): boolean {
  return message.data.length === 0 && message.headers?.code === 503
}

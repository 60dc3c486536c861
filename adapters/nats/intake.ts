import type { Msg } from 'nats'
import type { Deliver, Delivery } from '../core/driver.ts'
import type { Journal } from '../core/journal.ts'
import { Queue } from '../core/queue.ts'
import { messageOf } from './received.ts'
import { isWildcard } from './subject.ts'

export interface IntakeOptions {
  readonly topic: string
  readonly deliver: Deliver
  readonly prefetch: number
  readonly maxPending: number
  readonly log: Journal['log']
}

/** Messages handled in one go before the event loop gets a turn. */
const mostAtOnce = 1_024
const tellMs = 1_000

/** Messages of one core NATS subscription on their way to the handler. */
export class Intake {
  readonly #options: IntakeOptions
  readonly #batchSize: number
  /** The subject of all messages, where the topic has no wildcards. */
  readonly #subject: string | undefined
  readonly #end = new AbortController()
  #queue = new Queue<Msg>()
  #inFlight = 0
  #scheduled = false
  #dropped = 0
  #droppedInAll = 0
  #telling: ReturnType<typeof setTimeout> | undefined
  #onIdle: (() => void) | undefined
  #drained: Promise<void> | undefined

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#batchSize = Math.max(1, Math.floor(options.prefetch / 16))
    this.#subject = isWildcard(options.topic) ? undefined : options.topic
  }

  /** Takes a message as it arrives. Those of one piece of the network's stream are handed on together. */
  take(message: Msg): void {
    if (this.#queue.length >= this.#options.maxPending) {
      this.#drop()
      return
    }
    this.#queue.push(message)
    this.#schedule()
  }

  /** Drops what no handler has yet, aborts what handlers have, and resolves when that has come back. */
  abandon(): Promise<void> {
    this.#queue = new Queue()
    this.#end.abort()
    return this.drained()
  }

  /** Resolves when everything that was taken is handled; to be called when no more comes. */
  drained(): Promise<void> {
    this.#drained ??= this.#drain()
    return this.#drained
  }

  async #drain(): Promise<void> {
    if (this.#inFlight > 0 || this.#queue.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
        this.#schedule()
      })
    }
    clearTimeout(this.#telling)
    this.#tell()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => this.#pump())
  }

  #pump(): void {
    const { prefetch, deliver } = this.#options
    this.#scheduled = false
    for (let taken = 0; this.#queue.length > 0 && this.#inFlight < prefetch; ) {
      if (taken >= mostAtOnce) {
        this.#scheduled = true
        setImmediate(() => this.#pump())
        return
      }
      const batch = this.#queue.take(Math.min(this.#batchSize, prefetch - this.#inFlight))
      taken += batch.length
      const outcomes = deliver(batch.map((message) => this.#deliveryOf(message)))
      // Nobody else has the message, so there is nothing to tell the server, whatever became of it.
      if (outcomes instanceof Promise) this.#finishLater(batch.length, outcomes)
    }
    if (this.#inFlight === 0 && this.#queue.length === 0) this.#onIdle?.()
  }

  #finishLater(count: number, outcomes: Promise<unknown>): void {
    this.#inFlight += count
    const finish = () => {
      this.#inFlight -= count
      this.#schedule()
    }
    outcomes.then(finish, finish)
  }

  #deliveryOf(native: Msg): Delivery {
    const topic = this.#subject ?? native.subject
    const reply = native.reply ?? ''
    const message = messageOf(native, topic, reply)
    const { signal } = this.#end
    if (reply === '') return { message, topic, attempt: 1, signal, native }
    return { message, topic, attempt: 1, signal, native, replyTo: reply }
  }

  #drop(): void {
    this.#dropped++
    this.#telling ??= setTimeout(() => this.#tell(), tellMs)
  }

  #tell(): void {
    this.#telling = undefined
    if (this.#dropped === 0) return
    const { topic, log, maxPending } = this.#options
    this.#droppedInAll += this.#dropped
    const fields = { topic, dropped: this.#dropped, droppedInAll: this.#droppedInAll, maxPending }
    log(
      'error',
      fields,
      'messages dropped: the handler is slower than they arrive; raise maxPending or add readers',
    )
    this.#dropped = 0
  }
}

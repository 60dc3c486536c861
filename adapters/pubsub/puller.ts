import { messageOf } from '../core/errors.ts'
import type { Journal } from '../core/journal.ts'
import type { Pulling, PullResponse, Requests } from './api.ts'
import { isPassing, problemOf } from './problem.ts'
import { shortOf } from './subscription.ts'

export interface PullerOptions {
  readonly api: Requests
  readonly subscription: string
  readonly ackDeadlineMs: number
  readonly maxOutstanding: { readonly messages: number; readonly bytes: number }
  readonly log: Journal['log']
  readonly received: (response: PullResponse) => void
  /** Reading cannot go on. */
  readonly failed: (error: unknown) => void
}

const keepAliveMs = 30_000
const firstWaitMs = 100
const longestWaitMs = 2_000
/** Time for what is on its way when no more is wanted. */
const lastMs = 1_000

/** A stream of a subscription's messages that comes back by itself, without end. */
export class Puller {
  readonly #options: PullerOptions
  #pulling: Pulling | undefined
  #waitMs = firstWaitMs
  #isDown = false
  #isPaused = false
  #stopped: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #alive: ReturnType<typeof setInterval> | undefined

  constructor(options: PullerOptions) {
    this.#options = options
  }

  start(): void {
    this.#alive = setInterval(() => this.#pulling?.keepAlive(), keepAliveMs)
    this.#alive.unref()
    this.#open()
  }

  /** The client holds back what comes; safe to call again. */
  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#pulling?.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#pulling?.resume()
  }

  /** Resolves when nothing more comes. */
  async stop(): Promise<void> {
    clearInterval(this.#alive)
    clearTimeout(this.#timer)
    await new Promise<void>((resolve) => {
      this.#stopped = resolve
      if (this.#pulling === undefined) {
        resolve()
        return
      }
      this.#pulling.end()
      this.resume()
      this.#timer = setTimeout(resolve, lastMs)
    })
    clearTimeout(this.#timer)
    this.#pulling?.cancel()
    this.#pulling = undefined
  }

  #open(): void {
    const { api, subscription, ackDeadlineMs, maxOutstanding, received } = this.#options
    const pulling = api.pull(subscription, ackDeadlineMs / 1_000, maxOutstanding, {
      received: (response) => {
        if (this.#pulling !== pulling) return
        // What a stream brings says that it is worth opening; what it tells of the subscription does not.
        if ((response.receivedMessages ?? []).length > 0) this.#waitMs = firstWaitMs
        this.#up()
        received(response)
      },
      ended: (error) => {
        if (this.#pulling !== pulling) return
        this.#pulling = undefined
        this.#ended(error)
      },
    })
    this.#pulling = pulling
    if (this.#isPaused) pulling.pause()
  }

  #up(): void {
    if (!this.#isDown) return
    this.#isDown = false
    this.#options.log('warn', { subscription: this.#options.subscription }, 'messages come again')
  }

  /** The service ends a stream now and then as a matter of course. */
  #ended(error: unknown): void {
    const { api, subscription, failed, log } = this.#options
    if (this.#stopped !== undefined) {
      this.#stopped()
      return
    }
    if (error !== undefined && !isPassing(error)) {
      failed(
        problemOf(error, {
          what: `reading subscription "${shortOf(subscription)}"`,
          permission: 'pubsub.subscriptions.consume',
          address: api.address,
          missing: 'it was deleted, or the server forgot it: create it again',
        }),
      )
      return
    }
    if (error !== undefined && !this.#isDown) {
      this.#isDown = true
      log(
        'warn',
        { subscription, error: messageOf(error) },
        'messages stopped coming: connecting again, without end',
      )
    }
    this.#timer = setTimeout(() => this.#open(), this.#waitMs)
    this.#waitMs = Math.min(longestWaitMs, 2 * this.#waitMs)
  }
}

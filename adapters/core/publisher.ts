import type { Receipt } from './broker.ts'
import { type Clock, sleep } from './clock.ts'
import type { Driver, SendResult } from './driver.ts'
import { messageOf, PublishError, type RecordFailure, WaybillError } from './errors.ts'
import { type Message, sizeBound, sizeOf } from './message.ts'
import { backoffMs } from './policy.ts'

/** How often a record that the broker refused for the moment is sent again. */
export interface PublishRetry {
  /** Attempts, the first included. Default 8. */
  readonly maxAttempts: number
  readonly backoff: { readonly initialMs: number; readonly maxMs: number; readonly factor: number }
}

/** One `publish` or `send`: collects the results of its records. */
interface Call {
  readonly receipts: Receipt[]
  readonly failures: RecordFailure[]
  readonly signal: AbortSignal | undefined
  open: number
  readonly settle: () => void
}

interface Entry {
  readonly message: Message
  /** An upper bound, in bytes. */
  readonly size: number
  readonly index: number
  readonly call: Call
}

export interface PublisherOptions {
  readonly name: string
  readonly driver: Driver
  readonly clock: Clock
  readonly random: () => number
  readonly retry: PublishRetry
  /** Aborts when the broker closes and its time to drain is over. */
  readonly abort: AbortSignal
  /** Called when nothing is left to send, so that topics which come and go leave nothing behind. */
  readonly onIdle: () => void
}

/**
 * Sends the records of one topic. Calls made while a batch is on its way go out together in the next; one batch is on
 * its way at a time, and records that failed are sent again before any later one, so retrying reorders nothing.
 */
export class Publisher {
  readonly #topic: string
  readonly #options: PublisherOptions
  #queue: Entry[] = []
  #draining: Promise<void> | undefined

  constructor(topic: string, options: PublisherOptions) {
    this.#topic = topic
    this.#options = options
  }

  /** Resolves when every record is accepted; rejects with `PublishError` once every record has its result. */
  send(messages: readonly Message[], signal?: AbortSignal): Promise<readonly Receipt[]> {
    if (messages.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const settle = () => {
        if (call.failures.length === 0) resolve(call.receipts)
        else reject(this.#error(call, messages.length))
      }
      const call: Call = {
        receipts: new Array(messages.length),
        failures: [],
        signal,
        open: messages.length,
        settle,
      }
      for (let index = 0; index < messages.length; index++) {
        const message = messages[index]
        if (message !== undefined) this.#enqueue({ message, size: sizeBound(message), index, call })
      }
      this.#draining ??= this.#drain()
    })
  }

  /** Resolves when nothing is queued or on its way. */
  async idle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining
  }

  #enqueue(entry: Entry): void {
    const limit = this.#options.driver.capabilities.maxMessageBytes
    const size = entry.size <= limit ? entry.size : sizeOf(entry.message)
    if (size <= limit) {
      this.#queue.push(entry)
      return
    }
    const what = `the message has ${size} bytes, the limit is ${limit}`
    this.#fail(
      entry,
      this.#problem('ERR_TOO_LARGE', `${what}: send less data, or a reference to it (dataref)`),
    )
  }

  async #drain(): Promise<void> {
    // Calls of the same tick join the first batch.
    await undefined
    while (this.#queue.length > 0) {
      const batch = this.#take()
      if (batch.length > 0) await this.#sendAll(batch)
    }
    this.#draining = undefined
    this.#options.onIdle()
  }

  /** The longest run from the front of the queue that fits the broker's limits. */
  #take(): Entry[] {
    const { records, bytes } = this.#options.driver.capabilities.maxBatch
    const batch: Entry[] = []
    let size = 0
    let taken = 0
    for (const entry of this.#queue) {
      if (batch.length === records || (batch.length > 0 && size + entry.size > bytes)) break
      taken++
      if (entry.call.signal?.aborted) this.#fail(entry, this.#aborted())
      else if (this.#options.abort.aborted) this.#fail(entry, this.#closed())
      else {
        batch.push(entry)
        size += entry.size
      }
    }
    this.#queue = taken === this.#queue.length ? [] : this.#queue.slice(taken)
    return batch
  }

  async #sendAll(batch: readonly Entry[]): Promise<void> {
    const { retry, clock, random, abort } = this.#options
    let pending = batch
    for (let attempt = 1; pending.length > 0; attempt++) {
      const results = await this.#sendOnce(pending)
      const again: Entry[] = []
      for (let i = 0; i < pending.length; i++) {
        const entry = pending[i]
        if (entry === undefined) continue
        const result = results[i] ?? {
          error: this.#problem('ERR_PUBLISH', 'the driver gave no result'),
          retryable: false,
        }
        if (!('error' in result)) this.#accept(entry, result)
        else if (!result.retryable || attempt >= retry.maxAttempts) this.#fail(entry, result.error)
        else if (entry.call.signal?.aborted) this.#fail(entry, this.#aborted(result.error))
        else if (abort.aborted) this.#fail(entry, this.#closed(result.error))
        else again.push(entry)
      }
      pending = again
      if (pending.length > 0) await sleep(clock, backoffMs(retry.backoff, attempt, random()), [abort])
    }
  }

  async #sendOnce(entries: readonly Entry[]): Promise<readonly SendResult[]> {
    const { driver, abort } = this.#options
    try {
      return await driver.send(
        this.#topic,
        entries.map((entry) => entry.message),
        abort,
      )
    } catch (error) {
      return entries.map(() => ({ error, retryable: false }))
    }
  }

  #accept({ index, call }: Entry, receipt: Receipt): void {
    call.receipts[index] = receipt
    if (--call.open === 0) call.settle()
  }

  #fail({ index, call }: Entry, error: unknown): void {
    call.failures.push({ index, error })
    if (--call.open === 0) call.settle()
  }

  #error(call: Call, count: number): PublishError {
    const failures = [...call.failures].sort((a, b) => a.index - b.index)
    const indexes = failures.slice(0, 10).map((failure) => failure.index)
    const list = failures.length > 10 ? `${indexes.join(', ')}, …` : indexes.join(', ')
    const first = messageOf(failures[0]?.error)
    const text = `${failures.length} of ${count} records for "${this.#topic}" failed (index ${list}): ${first}`
    return new PublishError(text, failures, { adapter: this.#options.name })
  }

  #problem(
    code: 'ERR_TOO_LARGE' | 'ERR_PUBLISH' | 'ERR_ABORTED' | 'ERR_CLOSED',
    message: string,
    cause?: unknown,
  ) {
    return new WaybillError(code, message, { adapter: this.#options.name, cause })
  }

  #aborted(cause?: unknown): WaybillError {
    return this.#problem('ERR_ABORTED', 'the signal given to publish was aborted: publish again', cause)
  }

  #closed(cause?: unknown): WaybillError {
    return this.#problem(
      'ERR_CLOSED',
      'the broker closed before the record was sent: publish before close',
      cause,
    )
  }
}

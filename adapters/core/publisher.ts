import type { Receipt } from './broker.ts'
import { type Clock, sleep } from './clock.ts'
import type { Driver, Refusal, SendResult } from './driver.ts'
import { messageOf, PublishError, type RecordFailure, WaybillError } from './errors.ts'
import { heldBack } from './held-back.ts'
import { type Message, sizeBound, sizeOf } from './message.ts'
import { onAbort } from './on-abort.ts'
import { type Batch, Outbox } from './outbox.ts'
import { backoffMs } from './policy.ts'

/** Time that a driver has for its results once its signal has aborted. */
const lastAnswerMs = 500
/** Where several batches may be on their way, what waits is divided among them, but into no smaller parts than this. */
const leastShare = 16
const noResult = 'the driver gave no result for the record: it must give one for each'

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
  /** Keys of which a record failed: a later record must not arrive without it. */
  failedKeys: Set<string> | undefined
  open: number
  readonly settle: () => void
}

interface Entry {
  readonly message: Message
  readonly key: string | undefined
  /** An upper bound, in bytes. */
  readonly size: number
  readonly index: number
  readonly call: Call
  /** Has its result, so that a later one counts for nothing. */
  settled: boolean
  /** How often the broker has tried it. */
  attempts: number
}

export interface QueueOptions {
  readonly signal?: AbortSignal | undefined
  /** Leaves it to the server to refuse what is too large. */
  readonly anySize?: boolean | undefined
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
 * Sends the records of one topic. Calls made while a batch is on its way go out together in the next. Of a key one batch is
 * on its way at a time, of the topic as many as the driver takes; records that failed are sent again before any later one
 * of their key, so retrying reorders nothing.
 */
export class Publisher {
  readonly #topic: string
  readonly #options: PublisherOptions
  readonly #outbox: Outbox<Entry>
  readonly #mostInFlight: number
  #inFlight = 0
  #isScheduled = false
  #whenIdle: (() => void)[] = []

  constructor(topic: string, options: PublisherOptions) {
    this.#topic = topic
    this.#options = options
    this.#mostInFlight = options.driver.capabilities.maxBatchesInFlight ?? 1
    this.#outbox = new Outbox(this.#mostInFlight > 1)
  }

  /** Resolves when every record is accepted; rejects with `PublishError` once every record has its result. */
  send(messages: readonly Message[], { signal, anySize }: QueueOptions = {}): Promise<readonly Receipt[]> {
    if (messages.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const settle = () => {
        forget?.()
        if (call.failures.length === 0) resolve(call.receipts)
        else reject(this.#error(call, messages.length))
      }
      const call: Call = {
        receipts: new Array(messages.length),
        failures: [],
        failedKeys: undefined,
        open: messages.length,
        settle,
      }
      const entries = messages.map((message, index) => {
        const size = anySize ? 0 : sizeBound(message)
        return { message, key: message.key, size, index, call, settled: false, attempts: 0 }
      })
      const abandon = () => {
        for (const entry of entries) this.#fail(entry, this.#aborted())
      }
      const forget = signal && onAbort(signal, abandon)
      for (const entry of entries) this.#enqueue(entry)
      this.#schedule()
    })
  }

  /** Resolves when nothing is queued or on its way. */
  async idle(): Promise<void> {
    while (this.#isBusy) await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
  }

  get #isBusy(): boolean {
    return this.#isScheduled || this.#inFlight > 0 || this.#outbox.length > 0
  }

  #enqueue(entry: Entry): void {
    const limit = this.#options.driver.capabilities.maxMessageBytes
    const size = entry.size <= limit ? entry.size : sizeOf(entry.message)
    if (size <= limit) {
      this.#outbox.push(entry)
      return
    }
    const what = `the message has ${size} bytes, the limit is ${limit}`
    this.#fail(
      entry,
      this.#problem('ERR_TOO_LARGE', `${what}: send less data, or a reference to it (dataref)`),
    )
  }

  /** Calls of the same tick join the same batch. */
  #schedule(): void {
    if (this.#isScheduled || this.#inFlight >= this.#mostInFlight) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    while (this.#inFlight < this.#mostInFlight) {
      const batch = this.#take()
      if (batch.items.length === 0) break
      this.#inFlight++
      void this.#run(batch)
    }
    if (this.#isBusy) return
    const waiting = this.#whenIdle
    this.#whenIdle = []
    this.#options.onIdle()
    for (const run of waiting) run()
  }

  async #run(batch: Batch<Entry>): Promise<void> {
    await this.#sendAll(batch.items)
    this.#inFlight--
    this.#outbox.done(batch)
    this.#pump()
  }

  /** The longest run from the front of the queue that fits the broker's limits; where batches overlap, a share of it. */
  #take(): Batch<Entry> {
    const { records, bytes } = this.#options.driver.capabilities.maxBatch
    const free = this.#mostInFlight - this.#inFlight
    const share = Math.max(leastShare, Math.ceil(this.#outbox.length / free))
    let count = 0
    let size = 0
    return this.#outbox.batch((entry, isBound) => {
      if (count === records || (count > 0 && size + entry.size > bytes)) return 'stop'
      if (count >= share && !isBound) return 'stop'
      if (this.#isOver(entry)) return 'drop'
      count++
      size += entry.size
      return 'take'
    })
  }

  async #sendAll(batch: readonly Entry[]): Promise<void> {
    const { retry, clock, random, abort } = this.#options
    let pending = batch
    while (pending.length > 0) {
      if (abort.aborted) {
        for (const entry of pending) this.#fail(entry, this.#closed())
        return
      }
      const results = await this.#sendOnce(pending)
      countAttempts(pending, results)
      pending = this.#settle(pending, results)
      if (pending.length === 0) return
      const attempts = pending.reduce((most, entry) => Math.max(most, entry.attempts), 1)
      const wait = Math.max(backoffMs(retry.backoff, attempts, random()), longestWait(results))
      await sleep(clock, wait, [abort])
      pending = pending.filter((entry) => !this.#isOver(entry))
    }
  }

  /** True where a record need not be sent: it has its result, or an earlier one of its key and call has failed. */
  #isOver(entry: Entry): boolean {
    const { key } = entry
    if (!entry.settled && key !== undefined && entry.call.failedKeys?.has(key)) {
      this.#fail(entry, heldBack(this.#options.name, false).error)
    }
    return entry.settled
  }

  /** Hands out results; returns the records that may be sent again. */
  #settle(entries: readonly Entry[], results: readonly SendResult[]): readonly Entry[] {
    const { maxAttempts } = this.#options.retry
    return entries.filter((entry, i) => {
      const given: unknown = results[i]
      const isResult = typeof given === 'object' && given !== null
      const result = (isResult && results[i]) || {
        error: this.#problem('ERR_PUBLISH', noResult),
        retryable: false,
      }
      if (!('error' in result)) this.#accept(entry, result)
      else if (!result.retryable || entry.attempts >= maxAttempts) this.#fail(entry, result.error)
      return !entry.settled
    })
  }

  async #sendOnce(entries: readonly Entry[]): Promise<readonly SendResult[]> {
    const { driver, abort, clock } = this.#options
    const failed = (error: unknown) => entries.map(() => ({ error, retryable: false }))
    let forget = () => {}
    // A driver that ignores the signal must not hold the close.
    const closed = new Promise<readonly SendResult[]>((resolve) => {
      const giveUp = () => resolve(failed(this.#closed()))
      forget = onAbort(abort, () => {
        forget = clock.after(lastAnswerMs, giveUp)
      })
    })
    try {
      const messages = entries.map((entry) => entry.message)
      const results = await Promise.race([driver.send(this.#topic, messages, abort), closed])
      return Array.isArray(results) ? results : []
    } catch (error) {
      return failed(error)
    } finally {
      forget()
    }
  }

  #accept(entry: Entry, receipt: Receipt): void {
    if (entry.settled) return
    entry.settled = true
    entry.call.receipts[entry.index] = receipt
    if (--entry.call.open === 0) entry.call.settle()
  }

  #fail(entry: Entry, error: unknown): void {
    if (entry.settled) return
    entry.settled = true
    const { call, index, key } = entry
    call.failures.push({ index, error })
    if (key !== undefined) {
      call.failedKeys ??= new Set()
      call.failedKeys.add(key)
    }
    if (--call.open === 0) call.settle()
  }

  #error(call: Call, count: number): PublishError {
    const failures = [...call.failures].sort((a, b) => a.index - b.index)
    const indexes = failures.slice(0, 10).map((failure) => failure.index)
    const list = failures.length > 10 ? `${indexes.join(', ')}, …` : indexes.join(', ')
    const error = failures[0]?.error
    const first = error instanceof WaybillError ? error.detail : messageOf(error)
    const which =
      count === 1
        ? `the record for "${this.#topic}" failed`
        : `${failures.length} of ${count} records for "${this.#topic}" failed (index ${list})`
    return new PublishError(`${which}: ${first}`, failures, { adapter: this.#options.name })
  }

  #problem(code: 'ERR_TOO_LARGE' | 'ERR_PUBLISH' | 'ERR_ABORTED' | 'ERR_CLOSED', message: string) {
    return new WaybillError(code, message, { adapter: this.#options.name })
  }

  #aborted(): WaybillError {
    return this.#problem('ERR_ABORTED', 'the signal given to publish was aborted: it may have arrived or not')
  }

  #closed(): WaybillError {
    return this.#problem(
      'ERR_CLOSED',
      'the broker closed before the record was accepted: publish before close',
    )
  }
}

/** What was held back has used up no attempt; but where nothing was tried at all, waiting would never end. */
function countAttempts(entries: readonly Entry[], results: readonly SendResult[]): void {
  const isTried = (result: SendResult | undefined) => !isRefusal(result) || result.tried !== false
  const wasNoneTried = !results.some(isTried)
  entries.forEach((entry, i) => {
    if (wasNoneTried || isTried(results[i])) entry.attempts++
  })
}

function isRefusal(result: SendResult | undefined): result is Refusal {
  return typeof result === 'object' && result !== null && 'error' in result
}

/** What a server asks for: the longest of its answers, since none may be overtaken. */
function longestWait(results: readonly SendResult[]): number {
  let longest = 0
  for (const result of results) {
    if (isRefusal(result)) longest = Math.max(longest, result.retryAfterMs ?? 0)
  }
  return longest
}

import type { Deliver, Delivery, Outcome, Source } from '../core/driver.ts'
import { codeOf } from '../core/errors.ts'
import type { Journal } from '../core/journal.ts'
import { type Held, Lanes } from '../core/lanes.ts'
import { sizeBound } from '../core/message.ts'
import type { PulledMessage, PullResponse, Requests } from './api.ts'
import { fromPulled } from './client.ts'
import type { Settings } from './options.ts'
import { problem } from './problem.ts'
import { Puller } from './puller.ts'
import { seekFirst } from './seek.ts'
import { Settling } from './settling.ts'
import { ensureSubscription, type Group } from './subscription.ts'

export interface FeedParts {
  readonly api: Requests
  readonly source: Source
  readonly settings: Settings
  readonly log: Journal['log']
  /** Called when the last reader leaves. */
  readonly onEmpty: () => void
}

/** The time for which this process may settle what it holds. */
interface Lease {
  readonly end: AbortController
  /** An acknowledgement that comes after the end still counts. */
  settles: boolean
}

interface Entry extends Held {
  readonly id: string
  readonly size: number
  readonly lease: Lease
  /** Where it is settled; another after each redelivery. */
  ackId: string
  /** When the service last heard of it. */
  extended: number
  /** Set while it waits to be given back. */
  waiting: { readonly until: number; readonly timer: ReturnType<typeof setTimeout> } | undefined
}

const mostBytes = 64 * 1_048_576

/**
 * What one process reads of a group: the readers it has there share one stream, and what is held until it is settled.
 *
 * In order, what failed stays here and is repeated in place. The service, asked to redeliver a message, would bring those that
 * follow it in its key as well; the emulator would bring it alone, behind them. Held, it can be overtaken on neither. What is
 * left when the last reader leaves goes back in the order in which it came.
 */
export class Feed {
  readonly #parts: FeedParts
  readonly #held = new Map<string, Entry>()
  readonly #lanes: Lanes<Entry>
  #lease: Lease = newLease()
  #bytes = 0
  #opened: Promise<Group> | undefined
  #group: Group | undefined
  #settling: Settling | undefined
  #puller: Puller | undefined
  #readers = 0
  #ticking: ReturnType<typeof setInterval> | undefined

  constructor(parts: FeedParts) {
    this.#parts = parts
    this.#lanes = new Lanes({
      ordered: parts.settings.ordered,
      settle: (entry, outcome) => this.#settle(entry, outcome),
    })
  }

  /** Reads until the signal aborts and what was handed over has come back. */
  async read(deliver: Deliver, signal: AbortSignal, prefetch: number): Promise<void> {
    this.#readers++
    try {
      this.#opened ??= this.#open()
      await this.#opened
      if (!signal.aborted) await this.#lanes.read(deliver, signal, prefetch)
    } finally {
      this.#readers--
      if (this.#readers === 0) await this.#close()
    }
  }

  /** Runs `move`, which puts the group elsewhere; what was held before is settled for nobody. */
  async moved(move: () => Promise<void>, moment: number): Promise<void> {
    await this.#settling?.idle()
    await move()
    const held = [...this.#held.values()]
    this.#lose(false)
    for (const { ackId, delivery } of held) {
      // What lies before is acknowledged by the move.
      if ((delivery.time ?? 0) >= moment) this.#settling?.giveBack(ackId)
    }
  }

  async #open(): Promise<Group> {
    const { api, source, settings, log } = this.#parts
    const { ackDeadlineMs, maxOutstanding } = settings
    const group = await ensureSubscription(api, source, settings)
    if (group.isNew) await seekFirst(api, group.name, source, log)
    this.#group = group
    const subscription = group.name
    const onLost = () => this.#lose(true)
    this.#settling = new Settling({ api, subscription, ackDeadlineMs, log, onLost })
    this.#puller = new Puller({
      api,
      subscription,
      ackDeadlineMs,
      maxOutstanding: { messages: maxOutstanding, bytes: mostBytes },
      log,
      received: (response) => this.#received(response),
      failed: (error) => this.#fail(error),
    })
    this.#ticking = setInterval(() => this.#extend(), ackDeadlineMs / 4)
    this.#puller.start()
    return group
  }

  #received({ receivedMessages, subscriptionProperties }: PullResponse): void {
    if (
      subscriptionProperties &&
      this.#parts.settings.ordered &&
      !subscriptionProperties.messageOrderingEnabled
    ) {
      const what = `the subscription of group "${this.#parts.source.group}" has enable_message_ordering false`
      this.#fail(problem('ERR_CONFIG', `${what}: create it with ordering, or set ordered=false`))
      return
    }
    for (const pulled of receivedMessages ?? []) this.#take(pulled)
    this.#throttle()
  }

  #take(pulled: PulledMessage): void {
    const { source, settings } = this.#parts
    const { message, origin, attempt } = fromPulled(pulled, source.topic)
    const id = origin.position ?? ''
    const ackId = pulled.ackId ?? ''
    const known = this.#held.get(id)
    const extended = Date.now()
    if (known !== undefined) {
      // Redelivered while it is held, as after a long pause of this process: it keeps its place.
      known.ackId = ackId
      known.extended = extended
      return
    }
    const delivery: Delivery = {
      message,
      topic: source.topic,
      attempt: settings.attempts ? attempt : 1,
      lane: settings.ordered ? origin.lane : undefined,
      position: id,
      time: origin.time,
      signal: this.#lease.end.signal,
      native: pulled,
    }
    const size = sizeBound(message)
    const entry: Entry = {
      delivery,
      key: message.key,
      id,
      size,
      lease: this.#lease,
      ackId,
      extended,
      waiting: undefined,
    }
    this.#held.set(id, entry)
    this.#bytes += size
    this.#lanes.push(entry)
  }

  #throttle(): void {
    const isFull = this.#held.size >= this.#parts.settings.maxOutstanding || this.#bytes >= mostBytes
    if (isFull) this.#puller?.pause()
    else this.#puller?.resume()
  }

  #settle(entry: Entry, outcome: Outcome): void {
    const isAgain = outcome.kind === 'nack' || outcome.kind === 'release'
    const isOurs = this.#held.get(entry.id) === entry
    if (!isOurs && (isAgain || !entry.lease.settles)) return
    if (outcome.kind === 'nack' && this.#waits(entry, outcome.delayMs ?? 0)) return
    if (isOurs) this.#forget(entry)
    if (isAgain) this.#settling?.giveBack(entry.ackId)
    else this.#settling?.acknowledge(entry.ackId)
    this.#throttle()
  }

  /** Deadlines of the service are whole seconds, so the delay passes here, less what the service waits in any case. */
  #waits(entry: Entry, delayMs: number): boolean {
    const ms = delayMs - (this.#group?.leastBackoffMs ?? 0)
    if (ms <= 0) return false
    const end = () => {
      entry.waiting = undefined
      this.#settle(entry, { kind: 'release' })
    }
    entry.waiting = { until: Date.now() + ms, timer: setTimeout(end, ms) }
    return true
  }

  #forget(entry: Entry): void {
    clearTimeout(entry.waiting?.timer)
    this.#held.delete(entry.id)
    this.#bytes -= entry.size
  }

  /** Tells the service that what is held is still being worked on. */
  #extend(): void {
    const { ackDeadlineMs } = this.#parts.settings
    const now = Date.now()
    const due: Entry[] = []
    for (const entry of this.#held.values()) {
      if (now - entry.extended >= ackDeadlineMs) {
        // By now the service has given it to others, and what follows it in its key as well.
        this.#lose(true)
        return
      }
      if (now - entry.extended >= ackDeadlineMs / 4) due.push(entry)
    }
    if (due.length === 0) return
    void this.#settling?.keep(due.map(({ ackId }) => ackId)).then((isKept) => {
      if (isKept) for (const entry of due) entry.extended = now
    })
  }

  #lose(settles: boolean): void {
    const { end } = this.#lease
    this.#lease.settles = settles
    this.#lease = newLease()
    for (const entry of [...this.#held.values()]) this.#forget(entry)
    this.#lanes.clear()
    end.abort()
    this.#throttle()
  }

  #fail(cause: unknown): void {
    const isOwn = codeOf(cause)?.startsWith('ERR_') ?? false
    const text = `reading "${this.#parts.source.topic}" cannot go on: see the cause, and open a new subscription`
    const error = isOwn ? cause : problem('ERR_CLOSED', text, cause)
    this.#lease.end.abort()
    this.#lanes.fail(error)
  }

  /** Gives back what is held, in order. */
  async #close(): Promise<void> {
    this.#parts.onEmpty()
    await this.#puller?.stop()
    clearInterval(this.#ticking)
    const now = Date.now()
    for (const entry of [...this.#held.values()]) {
      const seconds = entry.waiting === undefined ? 0 : Math.ceil((entry.waiting.until - now) / 1_000)
      this.#forget(entry)
      this.#settling?.giveBack(entry.ackId, Math.min(longestSeconds, Math.max(0, seconds)))
    }
    await this.#settling?.idle()
  }
}

const longestSeconds = 600

function newLease(): Lease {
  return { end: new AbortController(), settles: true }
}

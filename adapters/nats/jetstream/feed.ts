import type { Msg } from 'nats'
import type { Deliver, Delivery, Outcome, Source } from '../../core/driver.ts'
import { codeOf } from '../../core/errors.ts'
import { type Held, Lanes } from '../../core/lanes.ts'
import { sizeBound } from '../../core/message.ts'
import type { Connection } from '../connection.ts'
import { problem } from '../problem.ts'
import { messageOf } from '../received.ts'
import type { Replies } from '../replies.ts'
import { isWildcard } from '../subject.ts'
import { within } from '../within.ts'
import type { AckSubject } from './ack.ts'
import { type Api, consumerNotFound, isCode, isPassing, streamNotFound } from './api.ts'
import { type Consumer, ensureConsumer, progressOf } from './consumer.ts'
import type { ReadingOptions } from './options.ts'
import { Reader } from './reader.ts'
import { createSettlements, type Settlements } from './settlements.ts'
import { streamOf } from './stream.ts'

export interface FeedParts {
  readonly connection: Connection
  readonly api: Api
  readonly replies: Replies
  readonly source: Source
  readonly options: ReadingOptions
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
  readonly sequence: string
  readonly size: number
  readonly lease: Lease
  /** Where it is settled; another subject after each redelivery. */
  ack: string
  /** When the server last heard of it. */
  extended: number
}

const mostBytes = 64 * 1_048_576
const settleMs = 2_000
const goneMs = 2_000
const pollMs = 50

/** What one process reads of a group: the readers it has there share one consumer, and what is held until it is settled. */
export class Feed {
  readonly #parts: FeedParts
  readonly #held = new Map<string, Entry>()
  readonly #lanes: Lanes<Entry>
  readonly #ordered: boolean
  readonly #confirming = new Set<Promise<unknown>>()
  readonly #settlements: Settlements
  /** The subject of all messages, where the topic has no wildcards. */
  readonly #subject: string | undefined
  #lease: Lease = { end: new AbortController(), settles: true }
  #bytes = 0
  #opened: Promise<Consumer> | undefined
  #consumer: Consumer | undefined
  #reader: Reader | undefined
  #readers = 0
  #working: ReturnType<typeof setInterval> | undefined
  #ending: ReturnType<typeof setTimeout> | undefined
  #forgets: readonly (() => void)[] = []

  constructor(parts: FeedParts) {
    this.#parts = parts
    this.#ordered = parts.options.ordered !== false
    this.#subject = isWildcard(parts.source.topic) ? undefined : parts.source.topic
    this.#settlements = createSettlements(parts.connection.native, (error) => this.#fail(error))
    this.#lanes = new Lanes({
      ordered: this.#ordered,
      settle: (entry, outcome) => this.#settle(entry, outcome),
    })
  }

  /** Reads until the signal aborts and what was handed over has come back. */
  async read(deliver: Deliver, signal: AbortSignal, prefetch: number): Promise<void> {
    this.#readers++
    try {
      this.#opened ??= this.#open()
      await this.#opened
      if (!signal.aborted) await this.#serve(deliver, signal, prefetch)
    } finally {
      this.#readers--
      if (this.#readers === 0) await this.#close()
    }
  }

  #serve(deliver: Deliver, signal: AbortSignal, prefetch: number): Promise<void> {
    const reading = this.#lanes.read(deliver, signal, prefetch)
    const keep = () => {
      if (!this.#lanes.isRead) this.#reader?.keep()
    }
    signal.addEventListener('abort', keep, { once: true })
    this.#reader?.resume()
    return reading
  }

  async #open(): Promise<Consumer> {
    const { connection, api, source, options } = this.#parts
    const stream = await streamOf(api, source.topic)
    const consumer = await ensureConsumer(api, stream, source, options)
    this.#consumer = consumer
    this.#reader = new Reader({
      connection,
      api,
      consumer,
      ordered: this.#ordered,
      room: () => this.#room(),
      count: () => this.#held.size,
      holds: (sequence) => this.#held.has(sequence),
      take: (message, ack) => this.#take(message, ack),
      lost: (why) => this.#lost(why),
      reopen: () => this.#reopen(stream),
      fail: (error) => this.#fail(error),
    })
    this.#forgets = [
      connection.onChange((isUp) => this.#changed(isUp)),
      connection.onEnd((error) => this.#fail(error)),
    ]
    this.#working = setInterval(() => this.#extend(), consumer.ackWaitMs / 2)
    this.#reader.start()
    return consumer
  }

  /** A replay puts another consumer in the place of the group's own. Where nobody does, the group begins anew. */
  async #reopen(stream: string): Promise<Consumer> {
    const { api, source, options } = this.#parts
    const name = this.#consumer?.name ?? ''
    for (const end = Date.now() + goneMs; Date.now() < end; ) {
      try {
        this.#consumer = await progressOf(api, stream, name)
        return this.#consumer
      } catch (error) {
        if (isCode(error, streamNotFound)) break
        if (!isCode(error, consumerNotFound) && !isPassing(error)) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
    this.#consumer = await ensureConsumer(api, await streamOf(api, source.topic), source, options)
    return this.#consumer
  }

  /** In order, a key that is held up must not keep others from being read, so the limit is the consumer's. */
  #room(): number {
    if (this.#bytes >= mostBytes) return 0
    const most = this.#consumer?.maxAckPending ?? 0
    return (this.#ordered ? most : Math.min(most, this.#lanes.prefetch)) - this.#held.size
  }

  #take(native: Msg, { stream, sequence, deliveries, time }: AckSubject): void {
    const reply = native.reply ?? ''
    const known = this.#held.get(sequence)
    if (known !== undefined) {
      // Redelivered while it is handled here, as after a long pause of this process.
      known.ack = reply
      return
    }
    const topic = this.#subject ?? native.subject
    const message = messageOf(native, topic, reply)
    const lane = this.#ordered ? message.key : undefined
    const delivery: Delivery = {
      message,
      topic,
      attempt: this.#ordered ? 1 : deliveries,
      lane,
      position: `${stream}:${sequence}`,
      time,
      signal: this.#lease.end.signal,
      native,
    }
    const size = sizeBound(message)
    const extended = Date.now()
    const entry = { delivery, key: message.key, sequence, size, lease: this.#lease, ack: reply, extended }
    this.#held.set(sequence, entry)
    this.#bytes += size
    this.#lanes.push(entry)
  }

  #settle(entry: Entry, outcome: Outcome): void {
    const isOurs = this.#held.get(entry.sequence) === entry
    if (isOurs) {
      this.#held.delete(entry.sequence)
      this.#bytes -= entry.size
    } else if (!entry.lease.settles || outcome.kind === 'nack' || outcome.kind === 'release') return
    if (outcome.kind === 'ack') this.#acknowledge(entry.ack)
    else if (outcome.kind === 'term') this.#settlements.tell(entry.ack, '+TERM')
    else {
      const { delayMs = 0 } = outcome.kind === 'nack' ? outcome : {}
      this.#settlements.tell(entry.ack, delayMs > 0 ? `-NAK {"delay":${Math.round(delayMs * 1e6)}}` : '-NAK')
    }
    this.#reader?.refill()
  }

  #acknowledge(subject: string): void {
    if (!this.#parts.options.doubleAck) {
      this.#settlements.tell(subject, '')
      return
    }
    const confirmed = this.#parts.api.exchange(subject, '+ACK').catch((error: unknown) => {
      const { log } = this.#parts.connection
      log(
        'warn',
        { error: String(error) },
        'an acknowledgement was not confirmed: the message may come again',
      )
    })
    this.#confirming.add(confirmed)
    void confirmed.then(() => this.#confirming.delete(confirmed))
  }

  /** Tells the server that what is held is still being worked on. */
  #extend(): void {
    const now = Date.now()
    const due = now - (this.#consumer?.ackWaitMs ?? 0) / 4
    for (const entry of this.#held.values()) {
      if (entry.extended > due) continue
      entry.extended = now
      this.#settlements.tell(entry.ack, '+WPI')
    }
  }

  #changed(isUp: boolean): void {
    clearTimeout(this.#ending)
    // By then the server has given to others what is held here.
    if (!isUp) this.#ending = setTimeout(() => this.#lost('pin'), this.#consumer?.ackWaitMs)
  }

  #lost(why: 'pin' | 'deleted'): void {
    const { end } = this.#lease
    this.#lease.settles = why === 'pin'
    this.#lease = { end: new AbortController(), settles: true }
    this.#held.clear()
    this.#bytes = 0
    this.#lanes.clear()
    end.abort()
  }

  #fail(cause: unknown): void {
    const isOwn = codeOf(cause)?.startsWith('ERR_') ?? false
    const text = `reading "${this.#parts.source.topic}" cannot go on: see the cause, and open a new subscription`
    const error = isOwn ? cause : problem('jetstream', 'ERR_CLOSED', text, cause)
    this.#lease.end.abort()
    this.#lanes.fail(error)
  }

  /** Gives back what is held, in order, and lets another member read. */
  async #close(): Promise<void> {
    const { connection, onEmpty } = this.#parts
    onEmpty()
    clearInterval(this.#working)
    for (const forget of this.#forgets) forget()
    clearTimeout(this.#ending)
    const reader = this.#reader
    if (reader === undefined) return
    this.#settlements.send()
    await reader.stop()
    if (!connection.isUp) return
    await Promise.all(this.#confirming)
    const held = [...this.#held.values()].sort((a, b) => Number(a.sequence) - Number(b.sequence))
    for (const { ack } of held) this.#settlements.tell(ack, '-NAK')
    this.#settlements.send()
    await within(settleMs, reader.settled())
    await within(settleMs, reader.leave())
  }
}

import type { Msg, Subscription } from 'nats'
import type { Connection } from '../connection.ts'
import { within } from '../within.ts'
import { type AckSubject, ackOf, firstAck, parseAck } from './ack.ts'
import { type Api, consumerNotFound, isCode, isPassing, streamNotFound } from './api.ts'
import { type Consumer, type Progress, priorityGroup, progressOf } from './consumer.ts'

export interface ReaderParts {
  readonly connection: Connection
  readonly api: Api
  readonly consumer: Consumer
  readonly ordered: boolean
  /** How many more messages may be held. */
  room(): number
  /** How many are held. */
  count(): number
  holds(sequence: string): boolean
  take(message: Msg, ack: AckSubject): void
  /** What is held is not ours any more: another member reads, or the consumer is another one. */
  lost(why: 'pin' | 'deleted'): void
  /** The consumer that took the place of one that was deleted. Rejects where there is none. */
  reopen(): Promise<Consumer>
  fail(error: unknown): void
}

interface Received {
  readonly message: Msg
  readonly ack: AckSubject
}

type Mode = 'standby' | 'recovering' | 'reading' | 'away' | 'stopped'

const largestPull = 1_000
const againMs = 250
const drainMs = 2_000
/** How much the times of two computers, or of one that is busy, may differ. */
const slackMs = 100
/** Redeliveries asked for in one go before the connection is flushed. */
const flushEvery = 10_000

/**
 * Asks a durable consumer for messages, by pull requests of its own: one subscription, many messages a request.
 *
 * In order, one client of the group is "pinned" by the server (ADR-42, nats-server 2.11) and gets all messages; others wait
 * with a request for one. Whoever is pinned anew first has everything redelivered that was delivered before and not
 * settled, and hands it on in the order of the stream: what a crash left behind never comes after what follows it.
 */
export class Reader {
  readonly #parts: ReaderParts
  readonly #inbox = `_INBOX.${crypto.randomUUID().replaceAll('-', '')}.`
  #consumer: Consumer
  #mode: Mode
  #subscription: Subscription | undefined
  #advisory: Subscription | undefined
  #pin: string | undefined
  /** Messages asked for and not yet received. */
  #requested = 0
  /** Counts beginnings: what the server says about earlier requests means nothing. */
  #epoch = 0
  #recovered: Received[] = []
  #recovering: { left: number; readonly last: number } | undefined
  #isKeeping = false
  #heard = 0
  #left = 0
  #lastAck: string | undefined
  #ticking: ReturnType<typeof setInterval> | undefined
  #forget = () => {}

  constructor(parts: ReaderParts) {
    this.#parts = parts
    this.#consumer = parts.consumer
    this.#mode = parts.ordered ? 'standby' : 'reading'
  }

  start(): void {
    const { connection } = this.#parts
    const { stream, name } = this.#consumer
    const callback = (error: unknown, message: Msg) => {
      if (error === null) this.#receive(message)
      else this.#parts.fail(error)
    }
    this.#subscription = connection.native.subscribe(`${this.#inbox}*`, { callback })
    // Requests that wait hear of the deletion as well; where none waits, nothing else would tell.
    const onDeleted = (error: unknown) => {
      if (error === null) this.#deleted()
    }
    const advisory = `$JS.EVENT.ADVISORY.CONSUMER.DELETED.${stream}.${name}`
    this.#advisory = connection.native.subscribe(advisory, { callback: onDeleted })
    this.#forget = connection.onChange((isUp) => this.#changed(isUp))
    this.#ticking = setInterval(() => this.#tick(), this.#expiresMs / 2)
    this.refill()
  }

  /** Asks for more where there is room. */
  refill(): void {
    if (this.#mode === 'standby') {
      if (this.#requested === 0 && !this.#isKeeping) this.#pull(1)
      return
    }
    if (this.#mode !== 'reading' || this.#isKeeping) return
    const room = this.#parts.room()
    const most = Math.min(largestPull, room + this.#parts.count())
    const missing = Math.min(most, room) - this.#requested
    // The server must never run out of requests while it waits for the next one.
    if (missing > 0 && (this.#requested === 0 || missing >= most / 4)) this.#pull(missing)
  }

  /** Asks for nothing more, but stays the one that reads while messages are being handled; `refill` is in vain. */
  keep(): void {
    this.#isKeeping = true
  }

  /** Reads on. */
  resume(): void {
    this.#isKeeping = false
    this.refill()
  }

  /** Any ack subject of the consumer. */
  get #anAck(): string {
    return this.#lastAck ?? firstAck(this.#consumer)
  }

  /** Resolves when the server has taken every acknowledgement that was sent before. */
  async settled(): Promise<void> {
    // It settles in the order in which it is told; a delivery of number 0 is ignored, and answered all the same.
    await this.#parts.api.exchange(ackOf('1', 0, this.#anAck), '-NAK')
  }

  /** Ends reading. What was on its way is handed over first. */
  async stop(): Promise<void> {
    this.#forget()
    clearInterval(this.#ticking)
    this.#mode = 'stopped'
    this.#epoch++
    this.#left = Date.now()
    if (this.#parts.connection.isUp && this.#subscription?.isClosed() === false) {
      await within(drainMs, this.#subscription.drain())
    }
    this.#subscription?.unsubscribe()
    this.#advisory?.unsubscribe()
    this.#handOn()
  }

  /**
   * Lets another member read. Looking at the consumer makes the server forget requests whose reader has left: else it might
   * pin one of them, give a message to nobody, and keep the others waiting. Where it just has, that was for this reader.
   */
  async leave(): Promise<void> {
    if (!this.#parts.ordered) return
    const progress = await this.#progress()
    const { pin, pinnedMs } = progress
    const isOurs = this.#pin === undefined ? pinnedMs <= Date.now() - this.#left + slackMs : pin === this.#pin
    if (pin === undefined || !isOurs) return
    if (this.#pin === undefined) await this.#redeliver(progress, () => false)
    const { stream, name } = this.#consumer
    await this.#parts.api.ask(`CONSUMER.UNPIN.${stream}.${name}`, { group: priorityGroup })
  }

  get #expiresMs(): number {
    return Math.min(10_000, this.#consumer.ackWaitMs / 3)
  }

  #pull(batch: number): void {
    const { connection, api, ordered } = this.#parts
    if (!connection.isUp) return
    const { stream, name } = this.#consumer
    this.#requested += batch
    this.#heard = Date.now()
    const expires = Math.round(this.#expiresMs * 1e6)
    const request = {
      batch,
      expires,
      idle_heartbeat: Math.floor(expires / 4),
      ...(ordered && { group: priorityGroup, id: this.#pin }),
    }
    try {
      const subject = `${api.prefix}.CONSUMER.MSG.NEXT.${stream}.${name}`
      connection.native.publish(subject, JSON.stringify(request), { reply: this.#inbox + this.#epoch })
    } catch (error) {
      this.#parts.fail(error)
    }
  }

  #receive(message: Msg): void {
    this.#heard = Date.now()
    const ack = parseAck(message.reply ?? '')
    if (ack === undefined) {
      if (message.subject === this.#inbox + this.#epoch) this.#hear(message)
      return
    }
    if (this.#requested > 0) this.#requested--
    if (this.#mode === 'reading') {
      this.#parts.take(message, ack)
      this.refill()
    } else if (this.#mode === 'standby') {
      this.#notePin(message)
      this.#recovered = [{ message, ack }]
      void this.#recover()
    } else if (this.#mode !== 'away') {
      if (this.#pin === undefined) this.#notePin(message)
      this.#recovered.push({ message, ack })
      this.#countRecovered(ack)
    }
  }

  #notePin(message: Msg): void {
    this.#lastAck = message.reply
    if (this.#parts.ordered) this.#pin = message.headers?.get('Nats-Pin-Id') || undefined
  }

  /** What the server says of a request (ADR-13, ADR-42). */
  #hear({ headers }: Msg): void {
    const code = headers?.code ?? 0
    const text = headers?.description ?? ''
    if (code === 100) return
    if (code === 423) this.#lostPin()
    else if (code === 409 && /deleted/i.test(text)) this.#deleted()
    else if (code === 408 || /batch completed|maxbytes/i.test(text))
      this.#ended(headers?.get('Nats-Pending-Messages'))
    else if (code === 400) this.#parts.fail(new Error(`the server refused a pull request: ${text}`))
    else {
      // No leader for the moment, too many requests, or the server goes down.
      this.#requested = 0
      this.#again()
    }
  }

  #ended(pending: string | undefined): void {
    this.#requested = Math.max(0, this.#requested - (pending ? Number(pending) : this.#requested))
    if (this.#mode === 'recovering' && this.#recovering !== undefined) this.#goOn()
    else this.refill()
  }

  #changed(isUp: boolean): void {
    if (this.#mode === 'away' || this.#mode === 'stopped') return
    this.#beginAnew(this.#mode)
    if (isUp) void this.#recover()
  }

  /** Looks at the consumer again after a while. */
  #again(): void {
    const epoch = ++this.#epoch
    setTimeout(() => {
      if (epoch === this.#epoch && this.#mode !== 'stopped') void this.#recover()
    }, againMs)
  }

  /** Requests that nobody answers any more are given up; and a member that is busy shows that it is alive. */
  #tick(): void {
    if (!this.#parts.connection.isUp || this.#mode === 'away') return
    const isSilent = Date.now() - this.#heard > this.#expiresMs + 1_000
    if (this.#requested > 0 && isSilent) {
      this.#requested = 0
      this.#again()
    } else if (this.#requested === 0 && this.#pin !== undefined && this.#mode === 'reading') this.#pull(1)
  }

  #lostPin(): void {
    if (!this.#parts.ordered || this.#mode === 'stopped') return
    this.#beginAnew('standby')
    this.#pin = undefined
    this.#parts.lost('pin')
    this.refill()
  }

  #deleted(): void {
    if (this.#mode === 'away' || this.#mode === 'stopped') return
    const epoch = this.#beginAnew('away')
    this.#pin = undefined
    this.#parts.lost('deleted')
    const isOver = () => epoch !== this.#epoch || this.#isStopped()
    this.#parts.reopen().then(
      (consumer) => {
        if (isOver()) return
        this.#consumer = consumer
        this.#mode = this.#parts.ordered ? 'standby' : 'reading'
        this.refill()
      },
      (error: unknown) => {
        if (!isOver()) this.#parts.fail(error)
      },
    )
  }

  /** Forgets what was asked for, and what came of it that is not handed on yet; returns the new epoch. */
  #beginAnew(mode: Mode): number {
    this.#mode = mode
    this.#requested = 0
    this.#recovered = []
    this.#recovering = undefined
    return ++this.#epoch
  }

  #isStopped(): boolean {
    return this.#mode === 'stopped'
  }

  /** Begins to read, or begins anew: sees that the consumer is the same, and brings back what nobody settled. */
  async #recover(): Promise<void> {
    const { ordered } = this.#parts
    const epoch = ++this.#epoch
    const isOver = () => epoch !== this.#epoch
    if (this.#pin !== undefined) this.#mode = 'recovering'
    try {
      const before = await this.#progress()
      if (isOver()) return
      if (before.created !== this.#consumer.created) this.#deleted()
      else if (!ordered || this.#pin === undefined) this.refill()
      else if (before.pin !== this.#pin) this.#lostPin()
      else {
        await this.#redeliver(before, isOver)
        await this.settled()
        const { pending, delivered } = await this.#progress()
        if (isOver()) return
        const missing = pending - this.#parts.count() - this.#recovered.length
        if (missing <= 0) this.#goOn()
        else {
          this.#recovering = { left: missing, last: delivered }
          this.#pull(missing)
        }
      }
    } catch (error) {
      if (isOver() || this.#isStopped()) return
      if (isCode(error, consumerNotFound) || isCode(error, streamNotFound)) this.#deleted()
      else if (isPassing(error)) this.#again()
      else this.#parts.fail(error)
    }
  }

  #progress(): Promise<Progress> {
    return progressOf(this.#parts.api, this.#consumer.stream, this.#consumer.name)
  }

  /** Refuses on behalf of whoever got them and is gone; the server ignores it for what is settled. */
  async #redeliver({ floor, delivered, deliveries }: Progress, isOver: () => boolean): Promise<void> {
    const { connection, holds } = this.#parts
    const here = new Set(this.#recovered.map(({ ack }) => ack.sequence))
    for (let n = floor + 1, count = 0; n <= delivered; n++) {
      const sequence = String(n)
      if (holds(sequence) || here.has(sequence)) continue
      connection.native.publish(ackOf(sequence, deliveries, this.#anAck), '-NAK')
      if (++count % flushEvery === 0) await within(drainMs, connection.native.flush())
      if (isOver()) return
    }
  }

  #countRecovered({ sequence }: AckSubject): void {
    if (this.#recovering === undefined) return
    this.#recovering.left--
    // Redeliveries come first: where a new message comes, there are no more of them.
    if (this.#recovering.left <= 0 || Number(sequence) > this.#recovering.last) this.#goOn()
  }

  #goOn(): void {
    this.#recovering = undefined
    this.#mode = 'reading'
    this.#handOn()
    this.refill()
  }

  #handOn(): void {
    const received = this.#recovered.sort((a, b) => Number(a.ack.sequence) - Number(b.ack.sequence))
    this.#recovered = []
    for (const { message, ack } of received) this.#parts.take(message, ack)
  }
}

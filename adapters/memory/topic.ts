import type { Clock } from '../core/clock.ts'
import type { StartPosition } from '../core/driver.ts'
import { WaybillError } from '../core/errors.ts'
import type { Message } from '../core/message.ts'
import { onAbort } from '../core/on-abort.ts'
import { Queue } from '../core/queue.ts'
import { Group } from './group.ts'

/** One stored message. */
export interface Stored {
  readonly sequence: number
  readonly message: Message
  readonly time: number
  /** Groups that have not settled it yet. */
  open: number
  /** Settled by all and kept for replay. */
  retained: boolean
  /** Settled by all and no longer kept for replay. */
  dropped: boolean
}

export interface Limits {
  /** Messages that every group has settled and that stay for replay. */
  readonly retainCount: number
  readonly retainMs: number
  /** Unsettled messages of one group at which `append` begins to wait. */
  readonly capacity: number
}

/** The log of one topic: what is not settled yet, and the last messages before that. */
export class Topic {
  readonly name: string
  readonly groups = new Map<string, Group>()
  readonly #limits: Limits
  readonly #clock: Clock
  /** In order; what is dropped is cleared away once it is the larger part, so that each drop costs the same. */
  #log: Stored[] = []
  #dropped = 0
  readonly #settled = new Queue<Stored>()
  readonly #waiting: (() => void)[] = []
  #next = 0

  constructor(name: string, limits: Limits, clock: Clock) {
    this.name = name
    this.#limits = limits
    this.#clock = clock
  }

  /** Resolves when no group is behind by more than the capacity, or when `signal` aborts. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#isFull() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          forget()
          resolve()
        }
        const forget = onAbort(signal, wake)
        this.#waiting.push(wake)
      })
    }
  }

  close(): void {
    for (const group of this.groups.values()) group.close()
  }

  get isFull(): boolean {
    return this.#isFull()
  }

  append(message: Message, time: number): Stored {
    const stored = {
      sequence: this.#next++,
      message,
      time,
      open: this.groups.size,
      retained: false,
      dropped: false,
    }
    this.#log.push(stored)
    if (stored.open === 0) this.#retain(stored)
    else for (const group of this.groups.values()) group.add(stored)
    return stored
  }

  /** The group of this name, created at `start` when it is new. */
  group(name: string, start: StartPosition, redeliverDelay: boolean): Group {
    const known = this.groups.get(name)
    if (known !== undefined) return known
    const from = this.#sequenceOf(start)
    const group = new Group(this.name, this.#clock, redeliverDelay, (stored) => this.#settle(stored))
    this.groups.set(name, group)
    this.#feed(group, from)
    return group
  }

  /** Moves a group; what it had not settled before `to` it never gets, and what follows it gets again. */
  seek(group: Group, to: StartPosition): void {
    const from = this.#sequenceOf(to)
    const forgotten = group.reset()
    this.#feed(group, from)
    // Only now, or what the group gets again would be dropped in between.
    for (const stored of forgotten) this.#settle(stored)
  }

  #feed(group: Group, from: number): void {
    this.#expire()
    for (const stored of this.#log) {
      if (stored.dropped || stored.sequence < from) continue
      stored.open++
      group.add(stored)
    }
  }

  #sequenceOf(start: StartPosition): number {
    if (start === 'earliest') return 0
    if (start === 'latest') return this.#next
    if ('time' in start) {
      return this.#log.find((stored) => stored.time >= start.time)?.sequence ?? this.#next
    }
    if (/^\d{1,15}$/.test(start.position)) return Number(start.position)
    throw new WaybillError(
      'ERR_CONFIG',
      `"${start.position}" is not a position: use one that a delivery had`,
      {
        adapter: 'memory',
      },
    )
  }

  #settle(stored: Stored): void {
    stored.open--
    if (stored.open === 0) this.#retain(stored)
    if (this.#waiting.length > 0 && !this.#isFull()) for (const wake of this.#waiting.splice(0)) wake()
  }

  #retain(stored: Stored): void {
    if (!stored.retained) {
      stored.retained = true
      this.#settled.push(stored)
    }
    const { retainCount, capacity } = this.#limits
    // What no group has ever read is all there is for the first one.
    const most = this.groups.size > 0 ? retainCount : Math.max(retainCount, capacity)
    while (this.#settled.length > most) this.#drop()
    this.#expire()
  }

  #expire(): void {
    if (this.#limits.retainMs === Number.POSITIVE_INFINITY) return
    const oldest = this.#clock.now() - this.#limits.retainMs
    while ((this.#settled.peek()?.time ?? Number.POSITIVE_INFINITY) <= oldest) this.#drop()
  }

  #drop(): void {
    const stored = this.#settled.shift()
    if (stored === undefined) return
    stored.retained = false
    // A replay opened it again: it comes back here when it is settled.
    if (stored.open > 0) return
    stored.dropped = true
    this.#dropped++
    if (this.#dropped > 1024 && this.#dropped * 2 > this.#log.length) {
      this.#log = this.#log.filter((kept) => !kept.dropped)
      this.#dropped = 0
    }
  }

  #isFull(): boolean {
    for (const group of this.groups.values()) if (group.unsettled >= this.#limits.capacity) return true
    return false
  }
}

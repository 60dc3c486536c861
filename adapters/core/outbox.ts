import { Queue } from './queue.ts'

export interface Keyed {
  readonly key?: string | undefined
}

/** What goes out together. */
export interface Batch<T> {
  readonly number: number
  readonly items: readonly T[]
}

/** Items of one key: a batch has some of them on its way, the others wait behind it. */
interface Lane<T> {
  readonly key: string
  /** The number of the batch that is on its way; 0 where none is. */
  batch: number
  waiting: Queue<T> | undefined
}

/**
 * What waits to be sent, in batches of which several may be on their way. While one has items of a key, further ones wait
 * for it, so that sending its items again overtakes nothing.
 */
export class Outbox<T extends Keyed> {
  readonly #overlaps: boolean
  readonly #queue = new Queue<T>()
  /** By key: those that are on their way, and those of `#ready`. */
  readonly #lanes = new Map<string, Lane<T>>()
  /** Lanes that waited and may go now: before the queue, since they are older. */
  readonly #ready = new Queue<Lane<T>>()
  #batch = 0
  #length = 0

  /** `overlaps`: several batches may be on their way. Keys are looked at only then. */
  constructor(overlaps: boolean) {
    this.#overlaps = overlaps
  }

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    this.#length++
    this.#queue.push(item)
  }

  /**
   * Makes a batch, perhaps an empty one. `decide` is asked about one item after another, until it stops; `isBound` tells that
   * the batch has an earlier one of the same key, so that no other batch may have this one.
   */
  batch(decide: (item: T, isBound: boolean) => 'take' | 'drop' | 'stop'): Batch<T> {
    const number = ++this.#batch
    const items: T[] = []
    for (let item = this.#peek(); item !== undefined; item = this.#peek()) {
      const verdict = decide(item, this.#laneOf(item)?.batch === number)
      if (verdict === 'stop') break
      if (verdict === 'take') {
        items.push(item)
        this.#hold(item)
      }
      this.#remove()
    }
    // The rest of a lane of which this batch has a part waits for it.
    if (this.#ready.peek()?.batch === number) this.#ready.shift()
    return { number, items }
  }

  /** The batch is no longer on its way: its keys are free. */
  done({ number, items }: Batch<T>): void {
    if (this.#lanes.size === 0) return
    for (const item of items) {
      const lane = this.#laneOf(item)
      if (lane?.batch !== number) continue
      lane.batch = 0
      if (lane.waiting === undefined) this.#lanes.delete(lane.key)
      else this.#ready.push(lane)
    }
  }

  /** The next item that the current batch may have. */
  #peek(): T | undefined {
    const ready = this.#ready.peek()
    if (ready !== undefined) return ready.waiting?.peek()
    for (let item = this.#queue.peek(); item !== undefined; item = this.#queue.peek()) {
      const lane = this.#laneOf(item)
      if (lane === undefined || lane.batch === this.#batch) return item
      this.#queue.shift()
      lane.waiting ??= new Queue()
      lane.waiting.push(item)
    }
    return undefined
  }

  #hold({ key }: T): void {
    const ready = this.#ready.peek()
    if (ready !== undefined) ready.batch = this.#batch
    else if (this.#overlaps && key !== undefined && !this.#lanes.has(key)) {
      this.#lanes.set(key, { key, batch: this.#batch, waiting: undefined })
    }
  }

  #remove(): void {
    this.#length--
    const ready = this.#ready.peek()
    if (ready === undefined) {
      this.#queue.shift()
      return
    }
    ready.waiting?.shift()
    if (ready.waiting !== undefined && ready.waiting.length > 0) return
    ready.waiting = undefined
    this.#ready.shift()
    if (ready.batch === 0) this.#lanes.delete(ready.key)
  }

  #laneOf({ key }: Keyed): Lane<T> | undefined {
    return key === undefined || this.#lanes.size === 0 ? undefined : this.#lanes.get(key)
  }
}

import { Queue } from './queue.ts'

export interface Keyed {
  readonly key?: string | undefined
}

/** Items of one key that wait, in order. */
interface Lane<T> {
  readonly key: string | undefined
  readonly waiting: Queue<T>
}

/** What goes out together. */
export interface Batch<T> {
  readonly items: readonly T[]
  /** Those that it has items of. */
  readonly lanes: readonly Lane<T>[]
}

/** The key of everything where keys are not looked at. */
const anyKey = ''

/**
 * What waits to be sent, in batches of which several may be on their way. While one has items of a key, further ones wait
 * for it, so that sending its items again overtakes nothing; so a batch takes all that waits of a key, where it can.
 */
export class Outbox<T extends Keyed> {
  readonly #overlaps: boolean
  /** By key: those that have items, and those of which a batch has some. */
  readonly #lanes = new Map<string, Lane<T>>()
  /** Lanes with items of which no batch has any. */
  readonly #ready = new Queue<Lane<T>>()
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
    const key = this.#overlaps ? item.key : anyKey
    const lane = key === undefined ? undefined : this.#lanes.get(key)
    if (lane === undefined) this.#open(key).waiting.push(item)
    else lane.waiting.push(item)
  }

  /**
   * Makes a batch, perhaps an empty one. `decide` is asked about one item after another, until it stops; `isBound` tells that
   * the batch has an earlier one of the same key, so that no other batch may have this one.
   */
  batch(decide: (item: T, isBound: boolean) => 'take' | 'drop' | 'stop'): Batch<T> {
    const items: T[] = []
    const lanes: Lane<T>[] = []
    for (let lane = this.#ready.peek(); lane !== undefined; lane = this.#ready.peek()) {
      const before = items.length
      const { waiting } = lane
      for (let item = waiting.peek(); item !== undefined; item = waiting.peek()) {
        const verdict = decide(item, items.length > before)
        if (verdict === 'stop') break
        if (verdict === 'take') items.push(item)
        waiting.shift()
        this.#length--
      }
      const isTaken = items.length > before
      if (!isTaken && waiting.length > 0) break
      this.#ready.shift()
      if (isTaken) lanes.push(lane)
      else this.#close(lane)
      if (waiting.length > 0) break
    }
    return { items, lanes }
  }

  /** The batch is no longer on its way: its keys are free. */
  done({ lanes }: Batch<T>): void {
    for (const lane of lanes) {
      if (lane.waiting.length > 0) this.#ready.push(lane)
      else this.#close(lane)
    }
  }

  #open(key: string | undefined): Lane<T> {
    const lane: Lane<T> = { key, waiting: new Queue() }
    if (key !== undefined) this.#lanes.set(key, lane)
    this.#ready.push(lane)
    return lane
  }

  #close({ key }: Lane<T>): void {
    if (key !== undefined) this.#lanes.delete(key)
  }
}

import type { EachBatchPayload } from 'kafkajs'
import type { Lane } from './lane.ts'

type Commit = EachBatchPayload['commitOffsetsIfNecessary']

/** Time between two commits while reading, in milliseconds: what a crash may bring back. */
const intervalMs = 100

/**
 * The settled positions that the group does not know of yet. They are committed in the background, all lanes together, one
 * commit at a time; a failed one is made again, with what has been settled by then.
 */
export class Commits {
  readonly #onFailure: (error: unknown) => void
  readonly #open = new Map<Lane, bigint>()
  #commit: Commit | undefined
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #last = 0

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure
  }

  /** True where the group knows of everything. */
  get isDone(): boolean {
    return this.#open.size === 0 && this.#running === undefined
  }

  /** How to commit: belongs to the consumer that delivered last. */
  use(commit: Commit): void {
    this.#commit = commit
  }

  add(lane: Lane, offset: bigint): void {
    this.#open.set(lane, offset)
    this.#schedule()
  }

  /** The lane is another member's: its position is not ours to commit. */
  forget(lane: Lane): void {
    this.#open.delete(lane)
  }

  /** Commits now what there is. Never rejects: what failed stays open. */
  async flush(): Promise<void> {
    await this.#running
    await this.#start()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#open.clear()
  }

  #schedule(): void {
    if (this.#running !== undefined || this.#timer !== undefined) return
    const wait = this.#last + intervalMs - performance.now()
    if (wait <= 0) {
      this.#start()
      return
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#start()
    }, wait)
  }

  #start(): Promise<void> {
    if (this.#running !== undefined) return this.#running
    const commit = this.#commit
    if (commit === undefined || this.#open.size === 0) return Promise.resolve()
    this.#running = this.#run(commit)
    return this.#running
  }

  async #run(commit: Commit): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#last = performance.now()
    const sent = new Map(this.#open)
    try {
      await commit({ topics: offsetsOf(sent) })
      for (const [lane, offset] of sent) if (this.#open.get(lane) === offset) this.#open.delete(lane)
    } catch (error) {
      this.#onFailure(error)
    } finally {
      this.#running = undefined
      if (this.#open.size > 0) this.#schedule()
    }
  }
}

function offsetsOf(positions: ReadonlyMap<Lane, bigint>) {
  const topics = new Map<string, { partition: number; offset: string }[]>()
  for (const [{ topic, partition }, offset] of positions) {
    const partitions = topics.get(topic) ?? []
    partitions.push({ partition, offset: String(offset) })
    topics.set(topic, partitions)
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}

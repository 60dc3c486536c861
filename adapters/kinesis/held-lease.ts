import type { Lease, LeaseStore } from './lease-store.ts'

export interface HeldLeaseOptions {
  readonly store: LeaseStore
  readonly reader: string
  readonly leaseMs: number
  readonly renewMs: number
  readonly checkpointMs: number
  /** Hears why a write failed; it is made again. */
  readonly onFailure: (error: unknown) => void
}

const retryMs = 100
/** Attempts of the last write, about this many times `retryMs` apart. */
const lastAttempts = 20

/**
 * A shard's lease, as long as this worker has it: renewed and moved on in one conditional write, one at a time. It is lost
 * when another's write came first, and also when none of its own got through for `leaseMs`, since others may take it then.
 */
export class HeldLease {
  readonly #options: HeldLeaseOptions
  readonly #lost = new AbortController()
  #row: Lease
  #checkpoint: string | undefined
  #renewedAt: number
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined
  #isReleased = false

  /** `row` is what was written when it was taken, at `takenAt` of `performance.now()` or later. */
  constructor(row: Lease, takenAt: number, options: HeldLeaseOptions) {
    this.#row = row
    this.#checkpoint = row.checkpoint
    this.#renewedAt = takenAt
    this.#options = options
    this.#schedule()
  }

  get counter(): number {
    return this.#row.counter
  }

  /** Where reading begins. */
  get checkpoint(): string | undefined {
    return this.#checkpoint
  }

  /** Aborts when the lease is lost. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** False as soon as others may take it, whether they did or not: a process that was paused hears of no timer in time. */
  get isHeld(): boolean {
    if (this.#lost.signal.aborted) return false
    if (performance.now() - this.#renewedAt < this.#options.leaseMs) return true
    this.#lose()
    return false
  }

  /** Everything up to the checkpoint is settled: it is written within `checkpointMs`. */
  advance(checkpoint: string): void {
    if (!this.isHeld) return
    const wasClean = this.#row.checkpoint === this.#checkpoint
    this.#checkpoint = checkpoint
    if (wasClean) this.#schedule()
  }

  /** Writes now, after what is being written. */
  async renew(): Promise<void> {
    await this.#running
    await this.#start()
  }

  /**
   * Writes the last checkpoint and gives the lease to whoever comes. False where the lease was lost, before or to this very write: then
   * the shard is another's, or was put elsewhere by a replay, and what was settled since the last checkpoint comes again. Rejects where
   * the store took no write and something settled is not in it.
   */
  async release(): Promise<boolean> {
    this.#isReleased = true
    clearTimeout(this.#timer)
    await this.#running
    let failure: unknown
    let isWritten = false
    for (let attempt = 0; attempt < lastAttempts && this.isHeld; attempt++) {
      try {
        if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, retryMs))
        isWritten = await this.#write(undefined)
        failure = undefined
        break
      } catch (error) {
        failure = error
      }
    }
    const isDirty = this.#row.checkpoint !== this.#checkpoint
    clearTimeout(this.#expiry)
    this.#lost.abort()
    if (failure !== undefined && isDirty) throw failure
    return isWritten
  }

  /** Nothing of it is settled any more. */
  drop(): void {
    this.#lose()
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#expiry)
    if (this.#lost.signal.aborted) return
    const { leaseMs, renewMs, checkpointMs } = this.#options
    const age = performance.now() - this.#renewedAt
    this.#expiry = setTimeout(() => this.isHeld, Math.max(0, leaseMs - age) + 1)
    if (this.#isReleased || this.#running !== undefined) return
    const isDirty = this.#row.checkpoint !== this.#checkpoint
    const waitMs = (isDirty ? Math.min(checkpointMs, renewMs) : renewMs) - age
    this.#timer = setTimeout(() => void this.#start(), Math.max(0, waitMs))
  }

  #start(): Promise<void> {
    if (!this.isHeld || this.#isReleased) return Promise.resolve()
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      await this.#write(this.#row.owner)
    } catch (error) {
      this.#options.onFailure(error)
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    } finally {
      this.#running = undefined
      this.#schedule()
    }
  }

  /** False where the write was refused, and with it the lease lost. */
  async #write(owner: string | undefined): Promise<boolean> {
    const { store, reader } = this.#options
    const began = performance.now()
    const { name, counter } = this.#row
    const next: Lease = { name, owner, counter: counter + 1, checkpoint: this.#checkpoint }
    if (!(await store.write(reader, next, counter)) && !(await this.#isWritten(next))) {
      this.#lose()
      return false
    }
    this.#row = next
    this.#renewedAt = began
    return true
  }

  /** An answer that was lost may have been that of a write which came through. */
  async #isWritten(next: Lease): Promise<boolean> {
    const { store, reader } = this.#options
    const found = (await store.list(reader)).find(({ name }) => name === next.name)
    if (found === undefined || found.counter !== next.counter) return false
    return found.owner === next.owner && found.checkpoint === next.checkpoint
  }

  #lose(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#expiry)
    this.#lost.abort()
  }
}

import { Queue } from './queue.ts'

/** A counted permission to run: at most `count` holders at once, the longest waiting first. */
export class Slots {
  #free: number
  readonly #waiting = new Queue<() => void>()

  constructor(count: number) {
    this.#free = count
  }

  /** `undefined` when a slot was free and is now taken; else a promise that resolves once one is. */
  take(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--
      return undefined
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}

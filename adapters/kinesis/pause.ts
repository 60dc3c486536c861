import { sleep, systemClock } from '../core/clock.ts'

/** Resolves after `ms`, or as soon as the signal aborts: look at it afterwards. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(systemClock, ms, [signal])
}

/** Waiting times that double, up to half of which is cut at random, until `reset`. */
export class Backoff {
  readonly #firstMs: number
  readonly #mostMs: number
  #failures = 0

  constructor(firstMs: number, mostMs: number) {
    this.#firstMs = firstMs
    this.#mostMs = mostMs
  }

  get failures(): number {
    return this.#failures
  }

  reset(): void {
    this.#failures = 0
  }

  wait(signal: AbortSignal): Promise<void> {
    const ms = Math.min(this.#mostMs, this.#firstMs * 2 ** this.#failures++)
    return pause(ms * (0.5 + Math.random() / 2), signal)
  }
}

import type { Clock } from '../adapters/core/clock.ts'

/** Time that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time on, running each timer at its moment; what a timer starts runs before the next one. */
  advance(ms: number): Promise<void>
  /** Milliseconds until each timer that is set, soonest first. */
  readonly waits: readonly number[]
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Lets everything run that waits for no timer: promises, and the turns that a broker gives the event loop. */
export async function idle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export function manualClock(start = Date.UTC(2026, 0, 31, 12)): ManualClock {
  const timers = new Set<Timer>()
  let now = start

  function soonest(until: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of timers)
      if (timer.at <= until && (first === undefined || timer.at < first.at)) first = timer
    return first
  }

  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(ms) {
      const until = now + ms
      await idle()
      for (let timer = soonest(until); timer !== undefined; timer = soonest(until)) {
        now = timer.at
        timers.delete(timer)
        timer.run()
        await idle()
      }
      now = until
    },
    get waits() {
      return [...timers].map(({ at }) => at - now).sort((a, b) => a - b)
    },
  }
}

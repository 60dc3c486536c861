import { onAbort } from './on-abort.ts'

/** Time as the runner and the memory broker see it; tests put their own in. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number
  /** Calls `run` once after `ms`; returns what cancels it. */
  after(ms: number, run: () => void): () => void
}

/** Timers of the platform; `setTimeout` fires at once beyond this many milliseconds (2^31 − 1), so waits are cut there. */
const longestTimer = 2_147_483_647

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, longestTimer))
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms`, or as soon as one of the signals aborts: look at them afterwards. */
export function sleep(clock: Clock, ms: number, signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some((signal) => signal.aborted)) return Promise.resolve()
  return new Promise((resolve) => {
    const wake = () => {
      cancel()
      for (const forget of forgets) forget()
      resolve()
    }
    const cancel = clock.after(ms, wake)
    const forgets = signals.map((signal) => onAbort(signal, wake))
  })
}

import { setTimeout as pause } from 'node:timers/promises'

/** Tries until it works. Rejects with the last failure once `deadlineMs` is over, or when `signal` aborts. */
export async function until(
  attempt: () => Promise<void>,
  { deadlineMs, signal, everyMs = 25 }: { deadlineMs: number; signal: AbortSignal; everyMs?: number },
): Promise<void> {
  const end = performance.now() + deadlineMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (signal.aborted || performance.now() >= end) throw error
    }
    await pause(everyMs)
  }
}

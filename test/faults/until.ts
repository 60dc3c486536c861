import { setTimeout as pause } from 'node:timers/promises'

/** Waits for a condition, for `deadlineMs` at most; a scenario counts what is missing then, so it does not throw. */
export async function waitFor(condition: () => boolean, deadlineMs = 120_000): Promise<boolean> {
  const end = performance.now() + deadlineMs
  while (!condition()) {
    if (performance.now() > end) return false
    await pause(5)
  }
  return true
}

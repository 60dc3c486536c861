import type { Awaitable } from '../../adapters/core/handler.ts'
import { ConformanceError } from './check.ts'

const shortestPollMs = 2
const longestPollMs = 50

/** Waiting with a deadline, so that nothing that does not happen lets a case hang. */
export interface Waiting {
  /** Polls until `met` is true; fails with `what` was awaited and what `seen` tells. */
  until(what: string, met: () => Awaitable<boolean>, seen?: () => string): Promise<void>
  /** Waits for work; fails where it is not done in time. */
  within<T>(what: string, work: Promise<T>): Promise<T>
  pause(ms: number): Promise<void>
  /** Watches for a time that something does not happen. */
  quiet(): Promise<void>
  /** Runs when the case has ended, however it did. */
  onEnd(run: () => void): void
  /** Ends every wait. */
  end(): void
}

export interface WaitingOptions {
  readonly deadlineMs: number
  readonly quietMs: number
}

export function createWaiting({ deadlineMs, quietMs }: WaitingOptions): Waiting {
  const atEnd = new Set<() => void>()
  let ended = false

  function pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        reject(new ConformanceError('the case has ended'))
      }
      const timer = setTimeout(() => {
        atEnd.delete(end)
        resolve()
      }, ms)
      if (ended) end()
      else atEnd.add(end)
    })
  }

  async function until(what: string, met: () => Awaitable<boolean>, seen?: () => string): Promise<void> {
    const deadline = performance.now() + deadlineMs
    for (let pollMs = shortestPollMs; ; pollMs = Math.min(longestPollMs, pollMs * 2)) {
      if (await met()) return
      if (performance.now() > deadline) {
        const outcome = seen === undefined ? '' : `; ${seen()}`
        throw new ConformanceError(`waited ${deadlineMs} ms for ${what}${outcome}`)
      }
      await pause(pollMs)
    }
  }

  function within<T>(what: string, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new ConformanceError(`${what} took longer than ${deadlineMs} ms`))
      const timer = setTimeout(late, deadlineMs)
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  return {
    until,
    within,
    pause,
    quiet: () => pause(quietMs),
    onEnd(run) {
      if (ended) run()
      else atEnd.add(run)
    },
    end() {
      ended = true
      for (const run of atEnd) run()
      atEnd.clear()
    },
  }
}

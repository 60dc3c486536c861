import type { Awaitable } from '../../adapters/core/handler.ts'
import { ConformanceError } from './check.ts'

const shortestPollMs = 2
const longestPollMs = 50

export interface Gate {
  readonly opened: Promise<void>
  open(): void
}

/** Waiting with a deadline, so that nothing that does not happen lets a case hang. */
export interface Waiting {
  /** Polls until `met` is true; fails with `what` was awaited and what `seen` tells. */
  until(what: string, met: () => Awaitable<boolean>, seen?: () => string): Promise<void>
  /** Waits for work; fails where it is not done in time. */
  within<T>(what: string, work: Promise<T>): Promise<T>
  pause(ms: number): Promise<void>
  /** Stays pending as long as the case runs, and then rejects: for handlers that hang. */
  hang(): Promise<never>
  /** A gate that a handler waits at. It opens when the case ends, if not before. */
  gate(): Gate
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

  function onEnd(run: () => void): void {
    if (ended) run()
    else atEnd.add(run)
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
    hang: () => new Promise((_, reject) => onEnd(() => reject(new ConformanceError('the case has ended')))),
    gate() {
      let open = () => {}
      const opened = new Promise<void>((resolve) => {
        open = resolve
        onEnd(resolve)
      })
      return { opened, open }
    },
    quiet: () => pause(quietMs),
    onEnd,
    end() {
      ended = true
      for (const run of atEnd) run()
      atEnd.clear()
    },
  }
}

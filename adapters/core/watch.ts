import { type Attempt, type Cut, cutError } from './attempt.ts'
import type { Clock } from './clock.ts'
import type { WaybillError } from './errors.ts'
import { onAbort } from './on-abort.ts'

export interface Bounds {
  readonly clock: Clock
  /** 0 is no limit. */
  readonly timeoutMs: number
  /** Aborts when the run must end. */
  readonly abort: AbortSignal
}

/** The same bounds, without a time limit. */
export function untimed(bounds: Bounds): Bounds {
  return { ...bounds, timeoutMs: 0 }
}

/**
 * Waits for a part of an attempt, but not beyond its time limit or the end of the run. Work that does not listen to the
 * attempt's signal goes on in the background; nothing it gives counts any more.
 */
export function bounded<T>(attempt: Attempt, work: Promise<T>, bounds: Bounds): Promise<T> {
  return new Promise((resolve, reject) => {
    const watch = new Watch(bounds, (_, error) => reject(error))
    watch.begin(attempt)
    work.then(
      (value) => {
        watch.end(attempt)
        resolve(value)
      },
      (error: unknown) => {
        watch.end(attempt)
        reject(error)
      },
    )
  })
}

/**
 * Cuts attempts short, one after the other, when their time is up or the run or the lease ends; `onCut` says what follows.
 *
 * The limits hold from the next turn of the event loop on: most attempts are over by then, and to set and take back a timer
 * and two listeners would cost more than all else.
 */
export class Watch {
  readonly #bounds: Bounds
  readonly #onCut: (attempt: Attempt, error: WaybillError) => void
  /** `undefined` between attempts. */
  #attempt: Attempt | undefined
  #awaitsTurn = false
  #forgets: readonly (() => unknown)[] = []

  constructor(bounds: Bounds, onCut: (attempt: Attempt, error: WaybillError) => void) {
    this.#bounds = bounds
    this.#onCut = onCut
  }

  begin(attempt: Attempt): void {
    this.#attempt = attempt
    if (this.#awaitsTurn) return
    this.#awaitsTurn = true
    nextTurn(this)
  }

  /** False where the attempt was cut short before. */
  end(attempt: Attempt): boolean {
    if (this.#attempt !== attempt) return false
    this.#attempt = undefined
    if (this.#forgets.length > 0) this.#forget()
    return true
  }

  /** Listens on behalf of the attempt that outlasts its turn. */
  turn(): void {
    this.#awaitsTurn = false
    const attempt = this.#attempt
    if (attempt === undefined) return
    const { clock, timeoutMs, abort } = this.#bounds
    const { signal } = attempt.delivery
    const ended = () => this.#cut(attempt, 'ended')
    if (signal.aborted || abort.aborted) {
      ended()
      return
    }
    const forgets = [onAbort(abort, ended), onAbort(signal, ended)]
    if (timeoutMs > 0) forgets.push(clock.after(timeoutMs, () => this.#cut(attempt, 'timeout')))
    this.#forgets = forgets
  }

  #cut(attempt: Attempt, kind: Cut): void {
    if (!this.end(attempt)) return
    const error = cutError(kind, this.#bounds.timeoutMs)
    attempt.end(kind, error)
    this.#onCut(attempt, error)
  }

  #forget(): void {
    const forgets = this.#forgets
    this.#forgets = []
    for (const forget of forgets) forget()
  }
}

const begun: Watch[] = []
const schedule = typeof setImmediate === 'function' ? setImmediate : (run: () => void) => setTimeout(run, 0)

function nextTurn(watch: Watch): void {
  if (begun.push(watch) > 1) return
  schedule(() => {
    for (const each of begun.splice(0)) each.turn()
  })
}

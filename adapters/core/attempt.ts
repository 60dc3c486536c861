import type { Clock } from './clock.ts'
import type { Delivery } from './driver.ts'
import { WaybillError } from './errors.ts'
import type { AttemptEnd, Context } from './handler.ts'
import type { Logger } from './observe.ts'
import { onAbort } from './on-abort.ts'

/** Why an attempt was cut short: its time was up, or the run or the lease ended. */
export type Cut = 'timeout' | 'ended'

/** One call of the handler: the context it sees, and the means to cut it short. */
export class Attempt implements Context {
  readonly attempt: number
  readonly delivery: Delivery
  readonly logger: Logger | undefined
  #controller: AbortController | undefined
  #cut: Cut | undefined
  #ends: AttemptEnd[] | undefined

  constructor(delivery: Delivery, attempt: number, logger: Logger | undefined) {
    this.delivery = delivery
    this.attempt = attempt
    this.logger = logger
  }

  /** Made when it is first asked for: most handlers never look at it, and a controller for each event is not free. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#cut !== undefined) this.#controller.abort(reason(this.#cut))
    }
    return this.#controller.signal
  }

  get cut(): Cut | undefined {
    return this.#cut
  }

  onEnd(work: AttemptEnd): void {
    this.#ends ??= []
    this.#ends.push(work)
  }

  /** True where something is to be done at its end. */
  get hasEnds(): boolean {
    return this.#ends !== undefined
  }

  /** The last that was asked for comes first, as with anything that was begun. Rejects with the first error, after all were called. */
  async conclude(failure?: { readonly error: unknown }): Promise<void> {
    const failures: unknown[] = []
    for (const work of [...(this.#ends ?? [])].reverse()) {
      try {
        await work(failure)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  end(cut: Cut): void {
    this.#cut ??= cut
    this.#controller?.abort(reason(cut))
  }
}

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
 * Waits for an attempt, but not beyond its time limit or the end of the run. A handler that does not listen to its
 * signal goes on in the background; nothing it returns counts any more.
 *
 * The limits hold from the next turn of the event loop on: most attempts are over by then, and to set and take back a timer
 * and two listeners would cost more than all else.
 */
export function bounded<T>(attempt: Attempt, work: Promise<T>, bounds: Bounds): Promise<T> {
  return new Promise((resolve, reject) => {
    const watch = new Watch(attempt, bounds, reject)
    work.then(
      (value) => {
        watch.end()
        resolve(value)
      },
      (error: unknown) => {
        watch.end()
        reject(error)
      },
    )
    nextTurn(watch)
  })
}

/** Cuts an attempt short when its time is up or the run ends. */
class Watch {
  /** `undefined` once the attempt is over, so that nothing of it is kept until the next turn. */
  #running: { readonly attempt: Attempt; readonly reject: (reason: WaybillError) => void } | undefined
  readonly #bounds: Bounds
  #forgets: readonly (() => unknown)[] = []

  constructor(attempt: Attempt, bounds: Bounds, reject: (reason: WaybillError) => void) {
    this.#running = { attempt, reject }
    this.#bounds = bounds
  }

  /** Does nothing where the attempt is over. */
  begin(): void {
    if (this.#running === undefined) return
    const { clock, timeoutMs, abort } = this.#bounds
    const { signal } = this.#running.attempt.delivery
    const ended = () => this.#cut('ended')
    if (signal.aborted || abort.aborted) {
      ended()
      return
    }
    const forgets = [onAbort(abort, ended), onAbort(signal, ended)]
    if (timeoutMs > 0) forgets.push(clock.after(timeoutMs, () => this.#cut('timeout')))
    this.#forgets = forgets
  }

  end(): void {
    this.#running = undefined
    for (const forget of this.#forgets) forget()
  }

  #cut(kind: Cut): void {
    const running = this.#running
    this.end()
    running?.attempt.end(kind)
    running?.reject(reason(kind, this.#bounds.timeoutMs))
  }
}

const begun: Watch[] = []
const schedule = typeof setImmediate === 'function' ? setImmediate : (run: () => void) => setTimeout(run, 0)

function nextTurn(watch: Watch): void {
  if (begun.push(watch) > 1) return
  schedule(() => {
    for (const each of begun.splice(0)) each.begin()
  })
}

function reason(cut: Cut, timeoutMs?: number): WaybillError {
  if (cut === 'ended')
    return new WaybillError('ERR_ABORTED', 'the run or the lease ended during the attempt: it comes again')
  const limit = timeoutMs === undefined ? 'its time limit' : `${timeoutMs} ms`
  return new WaybillError(
    'ERR_TIMEOUT',
    `the handler took longer than ${limit}: raise policy.timeoutMs or make it faster`,
  )
}

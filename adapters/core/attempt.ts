import type { Delivery } from './driver.ts'
import { WaybillError } from './errors.ts'
import type { AttemptEnd, Awaitable, Context, HandlerResult } from './handler.ts'
import type { Logger } from './observe.ts'

/** Why an attempt was cut short: its time was up, or the run or the lease ended. */
export type Cut = 'timeout' | 'ended'

/** One call of the handler: the context it sees, and the means to cut it short. */
export class Attempt implements Context {
  /**
   * One that is never made use of. Where no object of a class lives while V8 collects garbage, as between two batches, it drops
   * what it has compiled for the class; to compile it anew takes as long as thousands of events.
   */
  static readonly kept: Attempt = new Attempt(
    {
      message: { body: null, headers: {} },
      topic: '',
      attempt: 0,
      signal: new AbortController().signal,
      native: undefined,
    },
    0,
    undefined,
  )

  readonly attempt: number
  readonly delivery: Delivery
  readonly logger: Logger | undefined
  #controller: AbortController | undefined
  #cut: Cut | undefined
  #ends: AttemptEnd[] | undefined
  /** What a success that is still being concluded turned into counts for the rest of it. */
  #failure: { readonly error: unknown } | undefined
  #result: Awaitable<HandlerResult> = undefined
  #startedMs = 0

  constructor(delivery: Delivery, attempt: number, logger: Logger | undefined) {
    this.delivery = delivery
    this.attempt = attempt
    this.logger = logger
  }

  /** Made when it is first asked for: most handlers never look at it, and a controller for each event is not free. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#cut !== undefined) this.#controller.abort(cutError(this.#cut))
    }
    return this.#controller.signal
  }

  get cut(): Cut | undefined {
    return this.#cut
  }

  /** What the handler gave, a promise or not. */
  get result(): Awaitable<HandlerResult> {
    return this.#result
  }

  /** When the handler was called, as `performance.now` tells it; 0 where nobody wants to know. */
  get startedMs(): number {
    return this.#startedMs
  }

  begin(result: Awaitable<HandlerResult>, startedMs: number): void {
    this.#result = result
    this.#startedMs = startedMs
  }

  onEnd(work: AttemptEnd): void {
    this.#ends ??= []
    this.#ends.push(work)
  }

  /** True where something is to be done at its end. */
  get hasEnds(): boolean {
    return this.#ends !== undefined
  }

  /**
   * Calls each work once, the last that was asked for first, as with anything that was begun. After a success it ends, and
   * rejects, at the first that fails: call it again with that. After a failure all are called, and the first error follows.
   */
  async conclude(failure?: { readonly error: unknown }): Promise<void> {
    this.#failure ??= failure
    const failures: unknown[] = []
    for (let work = this.#ends?.pop(); work !== undefined; work = this.#ends?.pop()) {
      try {
        await work(this.#failure)
      } catch (error) {
        if (this.#failure === undefined) throw error
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  end(cut: Cut, error: WaybillError): void {
    this.#cut ??= cut
    this.#failure ??= { error }
    this.#controller?.abort(error)
  }
}

/** Why an attempt was cut short, as its handler's signal and the outcome tell it. */
export function cutError(cut: Cut, timeoutMs?: number): WaybillError {
  if (cut === 'ended')
    return new WaybillError('ERR_ABORTED', 'the run or the lease ended during the attempt: it comes again')
  const limit = timeoutMs === undefined ? 'its time limit' : `${timeoutMs} ms`
  return new WaybillError(
    'ERR_TIMEOUT',
    `the handler took longer than ${limit}: raise policy.timeoutMs or make it faster`,
  )
}

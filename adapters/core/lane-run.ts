import { Attempt } from './attempt.ts'
import { systemClock } from './clock.ts'
import type { Delivery, Outcome } from './driver.ts'
import type { HandlerResult } from './handler.ts'
import { type Bounds, Watch } from './watch.ts'

/** What a delivery has to wait for: its outcome, or its handler. */
export type Pending = Promise<Outcome> | Attempt

/** What the runner does with deliveries of a lane. */
export interface Steps {
  readonly bounds: Bounds
  readonly begin: (delivery: Delivery, previous: Outcome | undefined) => Outcome | Pending
  /** What follows a handler that has returned. */
  readonly returned: (attempt: Attempt, value: HandlerResult) => Outcome | Promise<Outcome>
  /** What follows a handler that threw or was cut short. */
  readonly threw: (attempt: Attempt, error: unknown) => Promise<Outcome>
  /** Called when no delivery is left. */
  readonly over: () => void
}

/**
 * Settles a batch of one lane from the delivery `from` on, which has to wait for `first`; `outcomes` holds those before it.
 *
 * Handlers are awaited as they are, under one promise and one watch for all of the batch: some for each delivery would cost
 * several times what the handler's own promise does. So what was cut short is not woken: it is left alone, and the lane goes
 * on beside it.
 */
export function settleRest(
  batch: readonly Delivery[],
  outcomes: Outcome[],
  from: number,
  first: Pending,
  steps: Steps,
): Promise<readonly Outcome[]> {
  return new Promise((resolve, reject) => {
    void new LaneRun(batch, outcomes, from, steps, resolve, reject).goOn(first)
  })
}

type Resolve = (outcomes: readonly Outcome[]) => void
type Reject = (reason: unknown) => void

const released: Outcome = { kind: 'release' }
const noSteps: Steps = {
  bounds: { clock: systemClock, timeoutMs: 0, abort: new AbortController().signal },
  begin: () => released,
  returned: () => released,
  threw: async () => released,
  over: () => {},
}

class LaneRun {
  /** For what {@link Attempt.kept} is for. */
  static readonly kept: LaneRun = new LaneRun(
    [],
    [],
    0,
    noSteps,
    () => {},
    () => {},
  )

  #batch: readonly Delivery[]
  readonly #outcomes: Outcome[]
  #at: number
  readonly #steps: Steps
  readonly #resolve: Resolve
  readonly #reject: Reject
  readonly #watch: Watch

  constructor(
    batch: readonly Delivery[],
    outcomes: Outcome[],
    from: number,
    steps: Steps,
    resolve: Resolve,
    reject: Reject,
  ) {
    this.#batch = batch
    this.#outcomes = outcomes
    this.#at = from
    this.#steps = steps
    this.#resolve = resolve
    this.#reject = reject
    this.#watch = new Watch(steps.bounds, (attempt, error) => {
      void this.goOn(this.#steps.threw(attempt, error))
    })
  }

  /** Never rejects. */
  async goOn(first: Pending): Promise<void> {
    let begun: Outcome | Pending | undefined = first
    try {
      while (begun !== undefined) {
        if (begun instanceof Attempt) {
          const attempt: Attempt = begun
          let value: HandlerResult | undefined
          let failure: { readonly error: unknown } | undefined
          this.#watch.begin(attempt)
          try {
            value = await attempt.result
          } catch (error) {
            failure = { error }
          }
          if (!this.#watch.end(attempt)) return
          const { returned, threw } = this.#steps
          begun = failure === undefined ? returned(attempt, value) : threw(attempt, failure.error)
        }
        this.#outcomes[this.#at] = begun instanceof Promise ? await begun : begun
        begun = this.#next()
      }
      this.#end()
      this.#resolve(this.#outcomes)
    } catch (error) {
      this.#end()
      this.#reject(error)
    }
  }

  #next(): Outcome | Pending | undefined {
    const previous = this.#outcomes[this.#at++]
    const delivery = this.#batch[this.#at]
    return delivery && this.#steps.begin(delivery, previous)
  }

  /** The watch outlives the batch until the next turn, a handler that hangs for good: neither keeps it. */
  #end(): void {
    this.#batch = []
    this.#steps.over()
  }
}

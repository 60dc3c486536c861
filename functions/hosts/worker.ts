import type { Broker, Sink, Subscription } from '../../adapters/core/broker.ts'
import type { Source } from '../../adapters/core/driver.ts'
import type { Handler, Middleware } from '../../adapters/core/handler.ts'
import type { Logger, Observation, Observe } from '../../adapters/core/observe.ts'
import type { Policy } from '../../adapters/core/policy.ts'
import { type Counts, counter } from './counts.ts'
import { stages } from './stages.ts'

/** A named handler with what it reads, where its results go, and how failures are met. */
export interface WorkerFunction {
  readonly name: string
  /** The broker that is read. */
  readonly broker: Broker
  readonly source: Source
  readonly handler: Handler
  readonly sink?: Sink | undefined
  readonly policy?: Policy | undefined
  /** The first is the outermost. */
  readonly middleware?: readonly Middleware[] | undefined
}

export interface WorkerOptions {
  readonly functions: readonly WorkerFunction[]
  readonly logger?: Logger | undefined
  /** Called with each observation and the function it is about. */
  readonly observe?: ((name: string, observation: Observation) => void) | undefined
}

/** One function of a worker: how it fares. */
export interface FunctionStatus extends Counts {
  readonly name: string
  readonly state: 'running' | 'closed' | 'failed'
  /** Why it failed. */
  readonly error?: unknown
}

/** Functions at work in this process. */
export interface Worker extends AsyncDisposable {
  /** How each function fares now, in the order given. */
  status(): readonly FunctionStatus[]
  /** Resolves when every function has ended; rejects with the error of the first that could not go on. */
  readonly done: Promise<void>
  /**
   * Stops reading, lets running handlers finish within their policy's `drainMs`, and tells what each function did. A
   * function is closed before those that read what it emits. Brokers stay open. Safe to call again.
   */
  close(): Promise<readonly FunctionStatus[]>
}

/** Runs functions until they are closed. Throws `ERR_CONFIG` for a wrong policy, and then runs none. */
export function startWorker({ functions, logger, observe }: WorkerOptions): Worker {
  const running: Running[] = []
  try {
    for (const each of functions) running.push(run(each))
  } catch (error) {
    for (const { subscription } of running) subscription.close().catch(() => {})
    throw error
  }
  const done = Promise.all(running.map(({ subscription }) => subscription.done)).then(() => {})
  let closing: Promise<readonly FunctionStatus[]> | undefined

  function run(each: WorkerFunction): Running {
    const { name, broker, source, handler, sink, policy, middleware } = each
    const { counts, count } = counter(broker.capabilities)
    const report: Observe = (observation) => {
      count(observation)
      observe?.(name, observation)
    }
    const named = logger && namedLogger(logger, name)
    const options = { sink, policy, middleware, logger: named, observe: report }
    const subscription = broker.subscribe(source, handler, options)
    const state: Running = { ...each, subscription, counts, outcome: { state: 'running' } }
    subscription.done.then(
      () => {
        state.outcome = { state: 'closed' }
      },
      (error: unknown) => {
        state.outcome = { state: 'failed', error }
      },
    )
    return state
  }

  function status(): readonly FunctionStatus[] {
    return running.map(({ name, outcome, counts }) => ({ name, ...outcome, ...counts() }))
  }

  async function drain(): Promise<readonly FunctionStatus[]> {
    // A subscription that fails says so in `done` and in its status.
    for (const stage of stages(running)) {
      await Promise.allSettled(stage.map(({ subscription }) => subscription.close()))
    }
    return status()
  }

  function close(): Promise<readonly FunctionStatus[]> {
    closing ??= drain()
    return closing
  }

  return { status, done, close, [Symbol.asyncDispose]: async () => void (await close()) }
}

interface Running extends WorkerFunction {
  readonly subscription: Subscription
  readonly counts: () => Counts
  outcome: Pick<FunctionStatus, 'state' | 'error'>
}

/** Adds the function's name to whatever is logged. */
function namedLogger(logger: Logger, name: string): Logger {
  return {
    debug: (fields, message) => logger.debug({ function: name, ...fields }, message),
    info: (fields, message) => logger.info({ function: name, ...fields }, message),
    warn: (fields, message) => logger.warn({ function: name, ...fields }, message),
    error: (fields, message) => logger.error({ function: name, ...fields }, message),
  }
}

/** A worker as a process of its own: what a container runs. @module */
import type { Broker } from '../../../adapters/core/broker.ts'
import { messageOf } from '../../../adapters/core/errors.ts'
import type { Handler } from '../../../adapters/core/handler.ts'
import { checkMiddleware } from '../check.ts'
import { portOf } from '../port.ts'
import { untilSignal } from '../signals.ts'
import {
  type FunctionStatus,
  startWorker,
  type Worker,
  type WorkerFunction,
  type WorkerOptions,
} from '../worker.ts'
import { type Endpoints, serveEndpoints } from './endpoints.ts'
import { statusLines } from './status.ts'

export { ensureTopics } from './ensure.ts'

export interface RunWorkerOptions extends Pick<WorkerOptions, 'logger'> {
  readonly functions: readonly WorkerFunction[]
  /** Where `/livez`, `/readyz` and `/metrics` are served. Default: the environment's `PORT`, else 8080. 0 is any that is free. */
  readonly port?: number | undefined
  /**
   * Milliseconds between two log lines `status` of each function, which tell what came of it since the last one and how far it
   * is behind (`lagMs`, 0 where nothing came). Default: none.
   */
  readonly statusMs?: number | undefined
}

/**
 * Runs functions until SIGTERM or SIGINT, then drains them, closes their brokers and handlers, and ends the process with 0. A
 * second signal ends it at once with 1; so does a function that cannot go on, after the others were drained.
 *
 * Throws `ERR_CONFIG` for a wrong policy and where the port cannot be had, and what the check of a middleware throws, such as
 * of a store of handled events that is missing; each after letting go of everything.
 */
export async function runWorker({ functions, logger, port, statusMs }: RunWorkerOptions): Promise<never> {
  const brokers = new Set(functions.flatMap(({ broker, sink }) => [broker, sink?.broker ?? broker]))
  const { endpoints, worker } = await started()
  endpoints.attach(worker, brokers)
  logger?.info({ url: endpoints.url }, 'serving /livez, /readyz and /metrics')
  // Not every broker has a connection that keeps the process running.
  const awake = setInterval(() => {}, 2 ** 30)
  if (statusMs !== undefined && logger !== undefined) {
    const tellStatus = statusLines(logger)
    setInterval(() => tellStatus(worker.status()), statusMs).unref()
  }
  let closing: Promise<void> | undefined

  async function started(): Promise<{ readonly endpoints: Endpoints; readonly worker: Worker }> {
    let endpoints: Endpoints | undefined
    try {
      endpoints = await serveEndpoints({ port: port ?? portOf(process.env.PORT, 'worker') })
      await checkMiddleware(functions)
      return { endpoints, worker: startWorker({ functions, logger, observe: endpoints.observe }) }
    } catch (error) {
      await letGo(functions, brokers)
      await endpoints?.close()
      throw error
    }
  }

  async function drain(): Promise<void> {
    endpoints.drain()
    const results = await worker.close()
    for (const each of results) tell(each)
    await letGo(functions, brokers)
    await endpoints.close()
    clearInterval(awake)
    if (results.some(({ state }) => state === 'failed')) process.exit(1)
  }

  function tell({ name, state, error, ...counts }: FunctionStatus): void {
    const fields = { function: name, state, ...counts }
    if (state === 'failed') logger?.error({ ...fields, reason: messageOf(error) }, 'function failed')
    else logger?.info(fields, 'function ended')
  }

  function close(): Promise<void> {
    closing ??= drain()
    return closing
  }

  // A function has ended by itself, or by a signal, which ends the process in its own way.
  const end = async () => {
    if (closing !== undefined) return
    await close()
    process.exit(0)
  }
  worker.done.then(end, end)
  return untilSignal({ close })
}

async function letGo(functions: readonly WorkerFunction[], brokers: Iterable<Broker>): Promise<void> {
  const handlers: readonly (Handler & Partial<AsyncDisposable>)[] = functions.map(({ handler }) => handler)
  await Promise.allSettled(handlers.map((handler) => handler[Symbol.asyncDispose]?.()))
  await Promise.allSettled([...brokers].map((broker) => broker.close()))
}

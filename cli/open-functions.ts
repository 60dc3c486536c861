import { type Broker, hint, type Logger, WaybillError } from '../adapters/index.ts'
import type { WorkerFunction } from '../functions/hosts/worker.ts'
import type { FunctionConfig, ResolvedConfig } from './config/index.ts'
import { connectBroker } from './connect-broker.ts'
import { disposeHandler, type LoadedHandler, loadHandler } from './load-handler.ts'
import { middlewareOf } from './middleware.ts'
import { joined } from './report.ts'

/** Functions with their handlers loaded and their brokers connected. */
export interface OpenFunctions {
  readonly functions: readonly WorkerFunction[]
  /** Those that the functions use, by name. */
  readonly brokers: ReadonlyMap<string, Broker>
  /** Disposes of the handlers, then closes the brokers. */
  close(): Promise<void>
}

/**
 * Loads handlers and connects the brokers they need. Throws what could not be opened (an `AggregateError` where that is
 * more than one thing), and leaves nothing open then. `signal` ends the opening: its reason is thrown as soon as what is open
 * by then is closed, and what opens later is closed when it does.
 */
export async function openFunctions(
  config: ResolvedConfig,
  chosen: readonly FunctionConfig[] = config.functions,
  logger?: Logger,
  signal?: AbortSignal,
): Promise<OpenFunctions> {
  signal?.throwIfAborted()
  const connecting = new Map<string, Promise<Broker>>()
  const brokers = new Map<string, Broker>()
  const handlers: LoadedHandler[] = []

  async function open(each: FunctionConfig): Promise<WorkerFunction> {
    const { name, sink, policy } = each
    const { broker: sourceBroker, ...source } = each.source
    const handler = await loadHandler(each)
    handlers.push(handler)
    await checkWanted()
    const broker = await brokerOf(sourceBroker)
    return {
      name,
      broker,
      source,
      handler,
      policy,
      middleware: middlewareOf(each, brokerOf),
      sink: sink && { topic: sink.topic, broker: await brokerOf(sink.broker) },
    }
  }

  function brokerOf(name: string): Promise<Broker> {
    const connection = connecting.get(name) ?? connectBroker(config, name, logger)
    connecting.set(name, connection)
    return connection.then(async (broker) => {
      brokers.set(name, broker)
      await checkWanted()
      return broker
    })
  }

  async function checkWanted(): Promise<void> {
    if (!signal?.aborted) return
    await close()
    throw signal.reason
  }

  async function close(): Promise<void> {
    const connected = [...brokers.values()]
    brokers.clear()
    const results = await Promise.allSettled(handlers.splice(0).map(disposeHandler))
    results.push(...(await Promise.allSettled(connected.map((broker) => broker.close()))))
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (failures.length > 0) throw joined('not everything could be closed', failures)
  }

  const opening = Promise.allSettled(chosen.map(open))
  const results = signal === undefined ? await opening : await unlessAborted(opening, signal, close)
  const failures = new Set(results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])))
  if (failures.size > 0) {
    await close()
    throw joined('not everything could be opened', [...failures])
  }
  const functions = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  return { functions, brokers, close }
}

async function unlessAborted<T>(
  opening: Promise<T>,
  signal: AbortSignal,
  close: () => Promise<void>,
): Promise<T> {
  const aborted = new Promise<'aborted'>((resolve) => {
    signal.addEventListener('abort', () => resolve('aborted'), { once: true })
  })
  const results = await Promise.race([opening, aborted])
  if (results !== 'aborted') return results
  await close()
  throw signal.reason
}

/** The functions of these names; all where no name is given. Throws `ERR_CONFIG` naming the nearest. */
export function chooseFunctions(
  { functions }: ResolvedConfig,
  names: readonly string[],
): readonly FunctionConfig[] {
  const known = functions.map(({ name }) => name)
  if (known.length === 0)
    throw new WaybillError('ERR_CONFIG', 'there are no functions: add one to "functions"')
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new WaybillError('ERR_CONFIG', `there is no function "${unknown}": ${hint(unknown, known)}`)
  }
  return names.length === 0 ? functions : functions.filter(({ name }) => names.includes(name))
}

import { type Broker, type Logger, nearest, WaybillError } from '../adapters/index.ts'
import type { WorkerFunction } from '../functions/hosts/worker.ts'
import type { FunctionConfig, ResolvedConfig } from './config/index.ts'
import { connectBroker } from './connect-broker.ts'
import { disposeHandler, type LoadedHandler, loadHandler } from './load-handler.ts'
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
 * more than one thing), and leaves nothing open then.
 */
export async function openFunctions(
  config: ResolvedConfig,
  chosen: readonly FunctionConfig[] = config.functions,
  logger?: Logger,
): Promise<OpenFunctions> {
  const connecting = new Map<string, Promise<Broker>>()
  const brokers = new Map<string, Broker>()
  const handlers: LoadedHandler[] = []

  async function open(each: FunctionConfig): Promise<WorkerFunction> {
    const { name, sink, policy } = each
    const { broker: sourceBroker, ...source } = each.source
    const handler = await loadHandler(each)
    handlers.push(handler)
    const broker = await brokerOf(sourceBroker)
    return {
      name,
      broker,
      source,
      handler,
      policy,
      sink: sink && { topic: sink.topic, broker: await brokerOf(sink.broker) },
    }
  }

  function brokerOf(name: string): Promise<Broker> {
    const connection = connecting.get(name) ?? connectBroker(config, name, logger)
    connecting.set(name, connection)
    return connection.then((broker) => {
      brokers.set(name, broker)
      return broker
    })
  }

  async function close(): Promise<void> {
    const results = await Promise.allSettled(handlers.map(disposeHandler))
    results.push(...(await Promise.allSettled([...brokers.values()].map((broker) => broker.close()))))
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (failures.length > 0) throw joined('not everything could be closed', failures)
  }

  const results = await Promise.allSettled(chosen.map(open))
  const failures = new Set(results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])))
  if (failures.size > 0) {
    await close()
    throw joined('not everything could be opened', [...failures])
  }
  const functions = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  return { functions, brokers, close }
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
    const hint = `did you mean "${nearest(unknown, known)}"?`
    throw new WaybillError('ERR_CONFIG', `there is no function "${unknown}": ${hint}`)
  }
  return names.length === 0 ? functions : functions.filter(({ name }) => names.includes(name))
}

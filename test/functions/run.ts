import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Broker, createEvent, type Handler, type Message } from '../../adapters/index.ts'
import { loadConfig } from '../../cli/config/index.ts'
import { openFunctions } from '../../cli/open-functions.ts'
import { startWorker, type WorkerFunction } from '../../functions/hosts/worker.ts'
// Jest fails to link a module that several import at the same time for the first time, as the functions do here.
import '../../functions/options.ts'

const root = resolve(import.meta.dirname, '../..')
const deadlineMs = 60_000

export interface RunOptions {
  /** The store's folder. */
  readonly base: string
  readonly url?: string
  /** Options of `extract-subset`; those of the configuration where absent. */
  readonly subset?: Readonly<Record<string, unknown>>
  /** Changes a function before it runs. */
  readonly change?: (each: WorkerFunction) => WorkerFunction
}

export interface Pipeline {
  readonly broker: Broker
  /** Rows in the order in which `store` handled them, as `file:sequence`. */
  readonly handled: readonly string[]
  /** Messages of the dead-letter topic, in their order. */
  readonly deadLetters: readonly Message[]
  submit(path: string, more?: object): Promise<unknown>
  /** Stops the functions as a deployment does and starts them again. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** The functions of the project's own configuration, with the store in `base` and no waiting between attempts. */
export async function startPipeline({
  base,
  url,
  subset,
  change = (each) => each,
}: RunOptions): Promise<Pipeline> {
  const config = await loadConfig({ cwd: root, overrides: url === undefined ? [] : [url] })
  const functions = config.functions.map((each) => {
    const options = { 'extract-subset': subset, store: { driver: 'fs', options: { base } } }[each.name]
    return {
      ...each,
      options: options ?? each.options,
      policy: { ...each.policy, backoff: { initialMs: 1, maxMs: 1 } },
    }
  })
  const opened = await openFunctions({ ...config, functions })
  const broker = opened.brokers.get('main')
  if (broker === undefined) throw new Error('no broker')
  const handled: string[] = []
  const deadLetters: Message[] = []
  const watched = opened.functions.map((each) =>
    change(each.name === 'store' ? { ...each, handler: noting(each.handler, handled) } : each),
  )
  let worker = startWorker({ functions: watched })
  broker.subscribe({ topic: 'dead-letters', group: 'test' }, (_event, { delivery }) => {
    deadLetters.push(delivery.message)
  })
  return {
    broker,
    handled,
    deadLetters,
    submit: (path, more = {}) =>
      broker.publish(
        'files',
        createEvent({ type: 'dev.waybill.file.submitted', source: '/test', data: { path, ...more } }),
      ),
    async restart() {
      await worker.close()
      worker = startWorker({ functions: watched })
    },
    async close() {
      await worker.close()
      await opened.close()
    },
  }
}

function noting(handler: Handler, handled: string[]): Handler {
  return async (event, context) => {
    const result = await handler(event, context)
    handled.push(`${event.subject}:${event.sequence}`)
    return result
  }
}

/** Waits for a condition; fails loudly when it does not come. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${deadlineMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Every file below a folder, by its path there. */
export function contentOf(base: string): Record<string, string> {
  const files = readdirSync(base, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  return Object.fromEntries(paths.map((path) => [path.slice(base.length + 1), readFileSync(path, 'utf8')]))
}

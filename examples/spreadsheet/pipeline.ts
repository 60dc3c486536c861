import { resolve } from 'node:path'
import { type CloudEvent, createEvent, WaybillError } from '../../adapters/index.ts'
import { type FunctionConfig, loadConfig, type ResolvedConfig } from '../../cli/config/index.ts'
import { openFunctions } from '../../cli/open-functions.ts'
import { ensureTopics } from '../../functions/hosts/worker/ensure.ts'
import { startWorker, type WorkerFunction } from '../../functions/hosts/worker.ts'
import { fileOf } from '../../functions/upload/file.ts'
import { fileSubmitted } from '../../functions/upload/handler.ts'
import { firstDeadLetter } from './dead-letter.ts'
import { readHeader, refuseUnknownColumns } from './header.ts'
import { chosenBroker } from './local-broker.ts'
import type { Settings } from './settings.ts'
import { emptyOwn, readBack, tryOut } from './store.ts'
import { Tally } from './tally.ts'

/** What a run came to. */
export interface Outcome {
  readonly tally: Tally
  /** The name of the file, as its rows carry it. */
  readonly label: string
  readonly broker: string
  readonly seconds: number
  /** The options of `store`. */
  readonly store: Readonly<Record<string, unknown>>
  /** The first rows, as the store gives them back. */
  readonly rows: readonly unknown[]
  /** The first of the file, as it lies on its topic. */
  readonly deadLetter: CloudEvent | undefined
}

const root = resolve(import.meta.dirname, '../..')
/** Where `waybill.config.ts` keeps rows. */
const ownStore = resolve('.waybill/store')

/**
 * Sends a file through the functions of `waybill.config.ts`; resolves when every row of it is settled. `onStart` is called
 * when nothing is left that could be refused before a row is read.
 */
export async function runPipeline(settings: Settings, onStart: (tally: Tally) => void): Promise<Outcome> {
  const chosen = await chosenBroker(settings.broker, (text) => console.error(`${text} …`))
  try {
    return await runOn(chosen.url, settings, onStart)
  } finally {
    await chosen.close()
  }
}

async function runOn(
  url: string | undefined,
  settings: Settings,
  onStart: (tally: Tally) => void,
): Promise<Outcome> {
  const config = adapted(await configured(url), settings)
  const store = functionOf(config.functions, 'store').options ?? {}
  const header = await readHeader(settings)
  refuseUnknownColumns(settings, header, functionOf(config.functions, 'extract-subset').options)
  const opened = await openFunctions(config)
  try {
    const { functions } = opened
    const { broker, source } = functionOf(functions, 'upload')
    const { label } = await fileOf(settings, undefined)
    const { handler } = functionOf(functions, 'store')
    await tryOut(handler)
    await emptyOwn(store, ownStore)
    const tally = new Tally({
      subject: label,
      columns: Object.keys(settings.subset?.columns ?? {}),
      decode: (name, { message }) => functionOf(functions, name).broker.binding.decode(message),
    })
    if (settings.broker !== undefined) await ensureTopics(functions)
    const worker = startWorker({
      functions,
      observe: (name, observation) => tally.observe(name, observation),
    })
    onStart(tally)
    const started = performance.now()
    await broker.publish(source.topic, submission(settings, label))
    await Promise.race([tally.finished, worker.done])
    const seconds = (performance.now() - started) / 1000
    await worker.close()
    const rows = await readBack(handler, tally.firstStored)
    const deadLetter =
      tally.deadLettered.size === 0
        ? undefined
        : await firstDeadLetter(functionOf(functions, 'extract-subset'), label)
    return { tally, label, broker: broker.name, seconds, store, rows, deadLetter }
  } finally {
    await opened.close()
  }
}

function configured(url: string | undefined): Promise<ResolvedConfig> {
  return loadConfig({ cwd: root, env: process.env, overrides: url === undefined ? [] : [url] })
}

/** The configuration's options, but for those that the command line gives. */
function adapted(config: ResolvedConfig, { subset, store }: Settings): ResolvedConfig {
  const given: Readonly<Record<string, FunctionConfig['options']>> = {
    'extract-subset': subset,
    store: store && { ...store },
  }
  const functions = config.functions.map((each) => ({ ...each, options: given[each.name] ?? each.options }))
  return { ...config, functions }
}

function submission({ path, sheet, delimiter }: Settings, label: string): CloudEvent {
  const data = { path, sheet, delimiter }
  return createEvent({ type: fileSubmitted, source: '/examples/spreadsheet', subject: label, data })
}

function functionOf<T extends WorkerFunction | FunctionConfig>(functions: readonly T[], name: string): T {
  const found = functions.find((each) => each.name === name)
  if (found !== undefined) return found
  throw new WaybillError('ERR_CONFIG', `the pipeline needs a function "${name}": add it to waybill.config.ts`)
}

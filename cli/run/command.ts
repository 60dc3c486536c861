import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { redactUrl } from '../../adapters/index.ts'
import { checkMiddleware } from '../../functions/hosts/check.ts'
import type { Endpoints } from '../../functions/hosts/worker/endpoints.ts'
import { ensureTopics } from '../../functions/hosts/worker/ensure.ts'
import { startWorker, type Worker } from '../../functions/hosts/worker.ts'
import { captureConsole } from '../capture-console.ts'
import { type FunctionConfig, loadConfig, type ResolvedConfig } from '../config/index.ts'
import { chooseFunctions, type OpenFunctions, openFunctions } from '../open-functions.ts'
import {
  type CommonOptions,
  collect,
  isVerbose,
  loadOptions,
  port,
  seconds,
  withCommonOptions,
} from '../options.ts'
import { located } from '../report.ts'
import { type Feed, type Feeding, feedOf, startFeed } from './feed.ts'
import { rates } from './rates.ts'
import { firstSignal } from './stop.ts'
import type { View } from './view.ts'

interface RunOptions extends CommonOptions {
  readonly json?: true
  readonly every: number
  readonly emit?: readonly string[]
  readonly ensure?: true
  readonly port?: number
}

/** Time over which the shown speed is measured. */
const rateWindowMs = 5_000
/** Time for brokers to close when a file is cut short. */
const lateFeedMs = 500

/** `waybill run [function…]`: runs functions in this process until it is told to stop. */
export function addRun(program: Command): void {
  const command = program
    .command('run [function...]')
    .description('run functions in a worker: those that are named, else all')
    .option(
      '--emit <topic=file>',
      'publish a file of events (JSON lines, - is standard input) to these functions; repeatable',
      collect,
    )
    .option('--ensure', 'create the topics that these functions read and write, for development')
    .option('--json', 'print JSON lines, as it does when the output is no terminal')
    .option('--port <number>', 'serve /livez, /readyz and /metrics there', port)
    .option('--every <seconds>', 'time between two lines of progress, in JSON lines', seconds, 10)
  withCommonOptions(command).action(run)
}

async function run(names: readonly string[], options: RunOptions): Promise<void> {
  const config = await loadConfig(loadOptions(options))
  const chosen = chooseFunctions(config, names)
  const view = await viewOf(options)
  const begun = performance.now()
  const stop = firstSignal()
  const release = captureConsole(view.print)
  try {
    const opened = await open(config, chosen, view, stop)
    if (opened === undefined) {
      view.finished([], performance.now() - begun)
      return
    }
    let feeding: readonly Feeding[] = []
    let endpoints: Endpoints | undefined
    try {
      endpoints = await endpointsOf(options)
      const feeds = (options.emit ?? []).map((each) => feedOf(each, opened.functions))
      if (options.ensure) await ensureTopics(opened.functions)
      await Promise.race([checkMiddleware(opened.functions), stop])
      const worker = startWorker({
        functions: opened.functions,
        logger: view.logger,
        observe: endpoints?.observe,
      })
      endpoints?.attach(worker, opened.brokers.values())
      if (endpoints !== undefined)
        view.logger.info({ url: endpoints.url }, 'serving /livez, /readyz and /metrics')
      tellStart(view, config, opened, feeds)
      feeding = feeds.map((feed) => startFeed(feed, view.logger))
      await work(view, worker, feeding, stop, endpoints)
    } finally {
      await close(opened, feeding)
      await endpoints?.close()
    }
  } finally {
    release()
  }
}

/** Opens functions. `undefined` where a signal comes first; what was open by then is closed. */
async function open(
  config: ResolvedConfig,
  chosen: readonly FunctionConfig[],
  view: View,
  stop: Promise<NodeJS.Signals>,
): Promise<OpenFunctions | undefined> {
  const stopping = new AbortController()
  const opening = openFunctions(config, chosen, view.logger, stopping.signal)
  const first = await Promise.race([opening, stop])
  if (typeof first !== 'string') return first
  view.stopping(first)
  stopping.abort()
  try {
    const opened = await opening
    await opened.close()
  } catch (error) {
    if (error !== stopping.signal.reason) throw error
  }
  return undefined
}

async function endpointsOf({ port }: RunOptions): Promise<Endpoints | undefined> {
  if (port === undefined) return undefined
  const { serveEndpoints } = await import('../../functions/hosts/worker/endpoints.ts')
  return serveEndpoints({ port })
}

/** Only what is used is loaded: the table needs a terminal, pino is slow to start. */
async function viewOf({ json, every, ...options }: RunOptions): Promise<View> {
  if (json || !process.stdout.isTTY) {
    const { jsonView } = await import('./json-lines.ts')
    return jsonView(process.stdout, every * 1_000)
  }
  const { terminalView } = await import('./terminal.ts')
  return terminalView(process.stdout, isVerbose(options))
}

function tellStart(view: View, config: ResolvedConfig, opened: OpenFunctions, feeds: readonly Feed[]): void {
  const urls = [...opened.brokers.keys()].map((name) => [
    name,
    redactUrl(config.brokers.get(name)?.url ?? ''),
  ])
  const names = opened.functions.map(({ name }) => name)
  view.started(names, Object.fromEntries(urls))
  if (feeds.length === 0 && [...opened.brokers.values()].every(({ name }) => name === 'memory')) {
    view.logger.warn(
      {},
      'memory:// lives in this process alone: give these functions events with --emit topic=file',
    )
  }
}

/** Runs until a signal, or until a function cannot go on; then drains. Throws the error of that function. */
async function work(
  view: View,
  worker: Worker,
  feeding: readonly Feeding[],
  stop: Promise<NodeJS.Signals>,
  endpoints: Endpoints | undefined,
): Promise<void> {
  const begun = performance.now()
  const measured = rates(rateWindowMs)
  const show = () => view.progress(measured(worker.status(), performance.now()))
  const timer = setInterval(show, view.everyMs)
  show()
  try {
    view.stopping(await ended(worker, stop))
    endpoints?.drain()
    for (const each of feeding) each.stop()
    const results = await worker.close()
    view.finished(results, performance.now() - begun)
    const failed = results.find(({ state }) => state === 'failed')
    if (failed !== undefined) throw located(`function "${failed.name}" stopped`, failed.error)
  } finally {
    clearInterval(timer)
  }
}

/** Why the run ends. */
async function ended(worker: Worker, stop: Promise<NodeJS.Signals>): Promise<string> {
  try {
    return (await Promise.race([stop, worker.done])) ?? 'nothing left to read'
  } catch {
    return 'a function cannot go on'
  }
}

/** Lines of a file that still wait for room have no readers any more, so nobody waits for them. */
async function close(opened: OpenFunctions, feeding: readonly Feeding[]): Promise<void> {
  const closing = opened.close()
  await (feeding.every((each) => each.ended()) ? closing : Promise.race([closing, delay(lateFeedMs)]))
}

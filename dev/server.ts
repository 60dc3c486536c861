import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './port.ts'
import { problem } from './problem.ts'
import { endOfLog, type RunningProcess, startProcess } from './process.ts'
import type { Additions, Detour, Installed, Place, Progress, Recipe, ServerKind } from './recipe.ts'
import { recipes } from './recipes.ts'
import { until } from './until.ts'

/** A server on this computer. */
export interface LocalServer {
  readonly kind: ServerKind
  readonly version: string
  /** `host:port`. */
  readonly address: string
  /** URLs that `connect` takes. */
  readonly urls: readonly string[]
  /** Environment variables for the vendor's own clients: the endpoint, a region, credentials that stand for none. */
  readonly variables: Readonly<Record<string, string>>
  /** `undefined` where it was running before and is not ours. */
  readonly pid: number | undefined
  /** Ports for a proxy in front of it; `undefined` where it is not ours. */
  readonly detour: Detour | undefined
  /** The file with what it writes. */
  readonly logFile: string | undefined
  /** Its configuration and data. */
  readonly folder: string | undefined
  /** Ends it and removes its data. Safe to call again. */
  stop(): Promise<void>
  /** Kills it (SIGKILL), as a power failure would; its data stay. */
  kill(): Promise<void>
  /** Lets it run on when this process ends; only one that was started `detached` outlives a signal of the terminal as well. */
  leave(): void
  /** Starts it again on the same ports and data. */
  restart(): Promise<void>
  /** Stops it from running (SIGSTOP) until `resume`, as a long pause of the machine would. */
  pause(): void
  resume(): void
}

export interface StartOptions extends Additions {
  readonly version?: string | undefined
  readonly progress?: Progress | undefined
  /** Out of reach of the terminal's signals, to be left running with `leave`. Default false. */
  readonly detached?: boolean | undefined
}

/**
 * Starts a server, or takes the one that the environment names (`WAYBILL_KAFKA`, `WAYBILL_NATS`, …). It listens on free
 * ports of 127.0.0.1, keeps its data in a temporary folder, and ends with this process, also when that is killed. With
 * `settings` or `layout` it is always one of its own. Throws `ERR_CONFIG` where `version` is none, `ERR_NOT_FOUND` where the server cannot be had,
 * `ERR_UNSUPPORTED` where it takes no such addition, `ERR_TIMEOUT` where it does not get ready.
 */
export async function startServer(
  kind: ServerKind,
  options: StartOptions = {},
  findPorts: typeof freePorts = freePorts,
): Promise<LocalServer> {
  const recipe = recipes[kind]
  const external = namedBy(recipe, options)
  if (external !== undefined) return outside(recipe, external)
  for (const name of ['settings', 'layout'] as const)
    if (options[name] !== undefined && !recipe.takes?.includes(name))
      throw problem('ERR_UNSUPPORTED', `${kind} takes no "${name}": leave it out`)
  const { progress = () => {} } = options
  const installed = await recipe.install(releaseOf(recipe, options), progress)
  progress(`starting ${kind} ${installed.version}`)
  for (let left = mostTries - 1; ; left--) {
    const folder = await mkdtemp(join(tmpdir(), `waybill-${kind}-`))
    try {
      return await launched(recipe, installed, { folder, ports: await findPorts(recipe.ports) }, options)
    } catch (error) {
      if (left === 0 || !(await saysPortIsTaken(logIn(folder, kind)))) throw error
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** A port that was free may be somebody's by the time that the server listens. */
const mostTries = 3

/** Some servers do not end for it. */
async function saysPortIsTaken(logFile: string): Promise<boolean> {
  const log = await readFile(logFile, 'utf8').catch(() => '')
  return /address already in use|EADDRINUSE/i.test(log)
}

function logIn(folder: string, kind: ServerKind): string {
  return join(folder, `${kind}.log`)
}

/** It becomes a part of paths and of what package managers are asked for. */
function releaseOf({ kind, defaultVersion }: Recipe, { version = defaultVersion }: StartOptions): string {
  if (/^\d+(\.\d+)*([.-]?[a-z]+[.\d]*)?$/i.test(version)) return version
  throw problem('ERR_CONFIG', `the release of ${kind} is no version: give one such as ${defaultVersion}`)
}

/** Why a server cannot be had here, or `undefined` where it can; fetches it as `startServer` would. */
export async function whyUnavailable(
  kind: ServerKind,
  options: StartOptions = {},
): Promise<string | undefined> {
  const recipe = recipes[kind]
  if (namedBy(recipe, options) !== undefined) return undefined
  const { progress = () => {} } = options
  try {
    await recipe.install(releaseOf(recipe, options), progress)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The server that the environment names, with the variable that does; it has none of the additions. */
function namedBy(
  { variable, vendorVariable }: Recipe,
  { settings, layout }: Additions,
): { readonly variable: string; readonly address: string } | undefined {
  if (settings !== undefined || layout !== undefined) return undefined
  for (const name of [variable, vendorVariable ?? variable]) {
    const address = process.env[name]
    if (address !== undefined && address !== '') return { variable: name, address }
  }
  return undefined
}

async function launched(
  recipe: Recipe,
  installed: Installed,
  place: Place,
  { detached = false, settings, layout }: StartOptions,
): Promise<LocalServer> {
  const { kind } = recipe
  const { folder, ports } = place
  const address = `127.0.0.1:${ports[0]}`
  const logFile = logIn(folder, kind)
  let current = await start()
  let stopped: Promise<void> | undefined

  async function start(): Promise<RunningProcess> {
    await mkdir(folder, { recursive: true })
    const running = startProcess(await installed.prepare(place, { settings, layout }), {
      folder,
      logFile,
      detached,
    })
    const gaveUp = new AbortController()
    running.ended.then(() => gaveUp.abort())
    try {
      await until(() => ping(gaveUp), { deadlineMs: recipe.readyMs, signal: gaveUp.signal })
      // Somebody else may have answered.
      gaveUp.signal.throwIfAborted()
      return running
    } catch (cause) {
      const late = gaveUp.signal.aborted
        ? 'did not get its port'
        : `is not ready after ${recipe.readyMs / 1_000} s`
      const what = running.isEnded ? 'ended while starting' : late
      await running.end('SIGKILL')
      const log = await endOfLog(logFile)
      throw problem(
        'ERR_TIMEOUT',
        `${kind} ${what}: see ${logFile}${log === '' ? '' : `, which ends: ${log}`}`,
        cause,
      )
    }
  }

  async function ping(gaveUp: AbortController): Promise<void> {
    try {
      await recipe.ping(place)
    } catch (error) {
      if (await saysPortIsTaken(logFile)) gaveUp.abort()
      throw error
    }
  }

  async function stop(): Promise<void> {
    await current.end('SIGTERM')
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }

  return {
    kind,
    version: installed.version,
    address,
    urls: recipe.urlsOf(address),
    variables: recipe.clientVariables?.(address) ?? {},
    get pid() {
      return current.pid
    },
    detour: recipe.detourOf(ports),
    logFile,
    folder,
    stop() {
      stopped ??= stop()
      return stopped
    },
    kill: () => current.end('SIGKILL'),
    leave: () => current.leave(),
    async restart() {
      if (stopped !== undefined)
        throw problem('ERR_CLOSED', `${kind} was stopped and its data are gone: start another`)
      await current.end('SIGTERM')
      current = await start()
    },
    pause: () => void process.kill(current.pid, 'SIGSTOP'),
    resume: () => void process.kill(current.pid, 'SIGCONT'),
  }
}

/** A server that somebody else runs: it can be used, and that is all. */
function outside(
  { kind, urlsOf, clientVariables }: Recipe,
  { variable, address }: { readonly variable: string; readonly address: string },
): LocalServer {
  if (!/^[^\s/@]+:\d+$/.test(address))
    throw problem('ERR_CONFIG', `${variable} is no host:port: set it to one, without a scheme`)
  const refuse = () => {
    throw problem(
      'ERR_UNSUPPORTED',
      `${kind} at ${address} is not ours to stop or restart: unset ${variable} to have one that is`,
    )
  }
  return {
    kind,
    version: 'unknown',
    address,
    urls: urlsOf(address),
    variables: clientVariables?.(address) ?? {},
    pid: undefined,
    detour: undefined,
    logFile: undefined,
    folder: undefined,
    stop: async () => {},
    kill: async () => refuse(),
    leave: () => {},
    restart: async () => refuse(),
    pause: refuse,
    resume: refuse,
  }
}

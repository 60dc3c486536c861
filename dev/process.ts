import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf } from '../adapters/core/errors.ts'
import { guarded } from './guard.ts'
import { isRunning } from './identity.ts'
import { problem } from './problem.ts'
import type { Command } from './recipe.ts'

const gracefulMs = 5_000
const excerpt = 1_500

/** A running program whose output goes to a file. */
export interface RunningProcess {
  readonly pid: number
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
  readonly isEnded: boolean
  /** Ends it: SIGTERM asks first and kills after five seconds. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Lets it run on when this process ends. */
  leave(): void
}

export interface ProcessOptions {
  /** Its data, removed when this process ends without having stopped it. */
  readonly folder: string
  readonly logFile: string
  /** In a group of its own, which no signal of the terminal reaches. */
  readonly detached: boolean
}

/** Starts a program. It ends with this process, however that ends, until `leave`. */
export function startProcess(
  { program, words, cwd, env }: Command,
  { folder, logFile, detached }: ProcessOptions,
): RunningProcess {
  const log = openSync(logFile, 'a')
  const child = spawn(program, words, {
    cwd,
    env: { ...process.env, ...env },
    detached,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const { pid } = child
  if (pid === undefined) {
    child.once('error', () => {})
    throw problem('ERR_CONFIG', `${program} cannot be started: see that it is executable`)
  }
  child.unref()
  const release = guarded(pid, folder)
  const ended = once(child, 'exit').then(release, release)
  const isEnded = () => child.exitCode !== null || child.signalCode !== null
  return {
    pid,
    ended,
    get isEnded() {
      return isEnded()
    },
    async end(signal) {
      if (isEnded()) return
      // Whoever waits for it has perhaps nothing else to do, and would end without having seen the end.
      child.ref()
      child.kill(signal)
      const cancel = new AbortController()
      const kill = pause(gracefulMs, undefined, { signal: cancel.signal }).then(
        () => void child.kill('SIGKILL'),
        () => {},
      )
      await ended
      cancel.abort()
      await kill
    },
    leave: release,
  }
}

/** Ends a process by its number, as one of an earlier command: asks first, kills it after five seconds. */
export async function endProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const end = performance.now() + gracefulMs
  send(pid, signal)
  while (isRunning(pid)) {
    if (performance.now() > end) send(pid, 'SIGKILL')
    await pause(10)
  }
}

/** The end of what a server wrote. */
export async function endOfLog(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.trim().slice(-excerpt)
}

/** A process that is gone needs no signal. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}

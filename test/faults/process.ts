import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Source } from '../../adapters/index.ts'
import { waitFor } from './until.ts'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const consumer = fileURLToPath(new URL('consumer.ts', import.meta.url))
const waybill = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const config = fileURLToPath(new URL('worker/waybill.config.ts', import.meta.url))
const gracefulMs = 10_000

/** A program of this project in a process of its own. */
export interface Program {
  readonly hasEnded: boolean
  /** Resolves when it has ended and all that it wrote was read. */
  readonly ended: Promise<unknown>
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void
}

function start(file: string, words: readonly string[], onLine: (line: string) => void): Program {
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(process.execPath, ['--import', tsx, file, ...words], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  createInterface({ input: child.stdout }).on('line', onLine)
  return {
    get hasEnded() {
      return child.exitCode !== null || child.signalCode !== null
    },
    ended: once(child, 'close'),
    kill: (signal) => void child.kill(signal),
  }
}

/** A program that reads, and tells of each event before it acknowledges it. */
export function startConsumer(
  url: string,
  { topic, group }: Source,
  handled: (id: string, attempt: number) => void,
): Program {
  return start(consumer, [url, topic, group], (line) => {
    const [attempt = '', id = ''] = line.split(' ')
    if (id !== '') handled(id, Number(attempt))
  })
}

/** `waybill run` with the configuration in `worker`. */
export function startRelay(url: string): Program {
  return start(waybill, ['run', '--config', config, '--broker', url, '--json'], () => {})
}

export interface Killing {
  /** How far the work is when the program is killed. */
  readonly at: readonly number[]
  readonly reached: () => number
}

/** A program that was killed as often as it was to be, and runs again; it is asked to stop when this is disposed of. */
export interface Killed extends AsyncDisposable {
  /** Rejects where the program ends by itself. */
  readonly killed: Promise<void>
}

/** Runs a program, kills it (SIGKILL) in the middle of its work, and starts it anew, once for each mark. */
export function killAndRestart(run: () => Program, { at, reached }: Killing): Killed {
  let current = run()

  async function kill(): Promise<void> {
    for (const mark of at) {
      await waitFor(() => reached() >= mark || current.hasEnded)
      if (current.hasEnded) throw new Error('the program that is to be killed ended by itself')
      current.kill('SIGKILL')
      await current.ended
      current = run()
    }
  }

  return {
    killed: kill(),
    async [Symbol.asyncDispose]() {
      current.kill('SIGTERM')
      await waitFor(() => current.hasEnded, gracefulMs)
      current.kill('SIGKILL')
      await current.ended
    },
  }
}

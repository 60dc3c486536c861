import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Source } from '../../adapters/index.ts'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const program = fileURLToPath(new URL('consumer.ts', import.meta.url))

/** A reader in a process of its own. */
export interface ConsumerProcess {
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void
  readonly ended: Promise<unknown>
}

export function startConsumer(
  url: string,
  { topic, group }: Source,
  handled: (id: string, attempt: number) => void,
): ConsumerProcess {
  const { NODE_OPTIONS: _, ...env } = process.env
  const words = ['--import', tsx, program, url, topic, group]
  const child: ChildProcess = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [attempt = '', id = ''] = line.split(' ')
      if (id !== '') handled(id, Number(attempt))
    })
  }
  return { kill: (signal) => void child.kill(signal), ended: once(child, 'close') }
}

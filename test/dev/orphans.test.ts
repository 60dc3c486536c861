import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { expect, it } from '@jest/globals'
import { isRunning } from '../../dev/index.ts'
import { eventually } from '../eventually.ts'
import { describeWith } from './available.ts'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const entry = new URL('../../dev/index.ts', import.meta.url).href

/** A process that starts a server, tells its pid and folder, and then does `rest`. */
function starter(rest: string): ChildProcess {
  const code = `
    import { startServer } from ${JSON.stringify(entry)}
    const { pid, folder } = await startServer('nats')
    console.log(JSON.stringify({ pid, folder }))
    ${rest}`
  const { NODE_OPTIONS: _, ...env } = process.env
  return spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', code], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function told(child: ChildProcess): Promise<{ readonly pid: number; readonly folder: string }> {
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += chunk
    if (text.includes('\n')) break
  }
  return JSON.parse(text)
}

await describeWith('nats', 'a server whose process ends', () => {
  it.each([
    ['by a kill that it cannot catch', 'setInterval(() => {}, 1000)', 'SIGKILL'],
    ['without stopping it', 'process.exit(0)', undefined],
    ['by an error that nobody caught', 'throw new Error("boom")', undefined],
  ] as const)(
    '%s ends too, and leaves no files',
    async (_, rest, signal) => {
      const child = starter(signal === undefined ? `setTimeout(() => { ${rest} }, 50)` : rest)
      child.on('error', () => {})
      const ended = once(child, 'exit')
      const { pid, folder } = await told(child)
      expect(isRunning(pid)).toBe(true)
      if (signal !== undefined) child.kill(signal)
      await ended
      await eventually('the server and its files are gone', () => !isRunning(pid) && !existsSync(folder))
    },
    30_000,
  )
})

import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Ends what it guards, and removes its files, once its input closes, which the system does for a parent that was killed.
 * Detached, so that a signal to the terminal's group does not end it first.
 */
const program = `
const { rmSync } = require('node:fs')
const folders = new Map()
let rest = ''
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\\n')
  rest = lines.pop()
  for (const line of lines) {
    const [pid, folder] = line.split('\\t')
    folder ? folders.set(pid, folder) : folders.delete(pid)
  }
})
process.stdin.on('close', () => {
  for (const pid of folders.keys()) try { process.kill(Number(pid), 'SIGKILL') } catch {}
  for (const folder of folders.values()) try { rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) } catch {}
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
`

let guard: ChildProcess | undefined

/** Has a process killed and its folder removed when this one ends, however it ends. Returns what calls that off. */
export function guarded(pid: number, folder: string): () => void {
  const { stdin } = theGuard()
  stdin?.write(`${pid}\t${folder}\n`)
  return () => {
    if (stdin?.writable) stdin.write(`${pid}\n`)
  }
}

function theGuard(): ChildProcess {
  if (guard?.exitCode === null && guard.signalCode === null) return guard
  guard = spawn(process.execPath, ['--max-old-space-size=16', '-e', program], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // It must not keep this process from ending, which is what it waits for.
  guard.unref()
  guard.stdin?.on('error', () => {})
  if (guard.stdin !== null && 'unref' in guard.stdin && typeof guard.stdin.unref === 'function')
    guard.stdin.unref()
  return guard
}

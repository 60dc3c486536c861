import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { codeOf } from '../adapters/core/errors.ts'

/** True where a process of this number exists. */
export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/**
 * When a process started, as the system tells it: numbers are used again, a number with its start is not. `undefined`
 * where the process is not there.
 */
export function startOf(pid: number): string | undefined {
  if (!isRunning(pid)) return undefined
  if (process.platform === 'linux') return statOf(pid)?.[19]
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout?.trim() || undefined
}

/** Ended, but nobody has asked for its exit code yet. */
function isZombie(pid: number): boolean {
  return process.platform === 'linux' && statOf(pid)?.[0] === 'Z'
}

/** Fields of /proc/<pid>/stat from the state on; the name before it may hold spaces and brackets. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

import { mkdir, mkdtemp, open, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf } from '../adapters/core/errors.ts'
import { isRunning } from './identity.ts'
import { problem } from './problem.ts'

const longestInstallMs = 600_000
const finished = '.finished'

/** Where fetched servers are kept: `$XDG_CACHE_HOME/waybill`, else `~/.cache/waybill`. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'waybill')
}

/**
 * The folder of one version of something, filled by `fill` where it is not there yet. Processes that want it at the same
 * time wait for the first. A folder that was not filled to its end is filled again.
 */
export async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name)
  if (await isFinished(folder)) return folder
  await mkdir(cacheFolder(), { recursive: true })
  const unlock = await lock(`${folder}.lock`)
  try {
    if (await isFinished(folder)) return folder
    const draft = await mkdtemp(`${folder}.draft-`)
    try {
      await fill(draft)
      await (await open(join(draft, finished), 'w')).close()
      await rm(folder, { recursive: true, force: true })
      await rename(draft, folder)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
    return folder
  } finally {
    await unlock()
  }
}

/** Forgets what is kept, so that it is fetched again. */
export async function forget(name: string): Promise<void> {
  await rm(join(cacheFolder(), name), { recursive: true, force: true })
}

function isFinished(folder: string): Promise<boolean> {
  return stat(join(folder, finished)).then(
    () => true,
    () => false,
  )
}

/** A lock file that holds its owner's pid, so that one left behind by a killed process counts for nothing. */
async function lock(path: string): Promise<() => Promise<void>> {
  const end = performance.now() + longestInstallMs
  for (;;) {
    try {
      const file = await open(path, 'wx')
      await file.write(String(process.pid))
      await file.close()
      return () => rm(path, { force: true })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    if (await isAbandoned(path)) await rm(path, { force: true })
    else if (performance.now() > end)
      throw problem(
        'ERR_TIMEOUT',
        `another process holds ${path} for ten minutes: remove the file if none is at work`,
      )
    else await pause(100)
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return false
  try {
    const [text, { mtimeMs }] = [await file.readFile('utf8'), await file.stat()]
    // Between creating the file and writing the pid it is empty for a moment.
    return text === '' ? Date.now() - mtimeMs > 5_000 : !isRunning(Number(text))
  } finally {
    await file.close()
  }
}

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { cacheFolder, isRunning, startOf } from '../../dev/index.ts'

const started = z.object({
  kind: z.string(),
  version: z.string(),
  address: z.string(),
  urls: z.array(z.string()),
  pid: z.number(),
  /** When the process started: its number may be another's by now. */
  start: z.string(),
  folder: z.string(),
  logFile: z.string(),
})

/** A server that `waybill brokers up` left running. */
export type Started = z.infer<typeof started>

/** The servers that are still running; what died is forgotten. */
export async function readState(): Promise<readonly Started[]> {
  const text = await readFile(stateFile(), 'utf8').catch(() => '[]')
  const list = z.array(started).safeParse(jsonOf(text))
  return list.success ? list.data.filter(isAlive) : []
}

export async function writeState(servers: readonly Started[]): Promise<void> {
  const file = stateFile()
  await mkdir(cacheFolder(), { recursive: true })
  if (servers.length === 0) return rm(file, { force: true })
  const draft = `${file}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(servers, undefined, 2)}\n`)
  await rename(draft, file)
}

function isAlive({ pid, start }: Started): boolean {
  return isRunning(pid) && startOf(pid) === start
}

function stateFile(): string {
  return join(cacheFolder(), 'brokers.json')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

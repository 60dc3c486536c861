import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { problem } from './problem.ts'

const longestExcerpt = 800

/** The path of a program on the PATH, or `undefined`. */
export async function programOf(name: string): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name]
  for (const folder of folders) {
    for (const file of names) {
      const path = join(folder, file)
      if (await isExecutable(path)) return path
    }
  }
  return undefined
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

export interface RunOptions {
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** Runs a program to its end; resolves with what it wrote. Rejects, with the end of it, where it fails. */
export function run(
  program: string,
  words: readonly string[],
  { cwd, env }: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', (cause) =>
      reject(problem('ERR_CONFIG', `${program} cannot be run: ${cause.message}`, cause)),
    )
    child.once('close', (code, signal) => {
      const text = Buffer.concat(chunks).toString('utf8')
      if (code === 0) resolve(text)
      else
        reject(
          problem('ERR_CONFIG', `${program} ${words[0] ?? ''} failed (${code ?? signal}): ${endOf(text)}`),
        )
    })
  })
}

function endOf(text: string): string {
  return (
    stripVTControlCharacters(text).trim().slice(-longestExcerpt).replace(/\s+/g, ' ') || 'it wrote nothing'
  )
}

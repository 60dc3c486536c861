import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** A little less than the tests that call it have. */
const longestMs = 295_000

/**
 * What a program of this folder prints, as JSON. It runs in a process of its own: in Jest's contexts each use of a global is
 * a look-up, and millions of small steps take twice as long.
 */
export async function apart(program: string, ...words: readonly string[]): Promise<unknown> {
  const file = fileURLToPath(new URL(program, import.meta.url))
  const { stdout } = await run(process.execPath, ['--import', 'tsx', file, ...words], {
    env: { PATH: process.env.PATH },
    maxBuffer: 16 * 1024 * 1024,
    // One that hangs does not outlive the test that fails for it.
    timeout: longestMs,
    killSignal: 'SIGKILL',
  })
  return JSON.parse(stdout)
}

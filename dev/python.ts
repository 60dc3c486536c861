import { join } from 'node:path'
import { programOf, run } from './command.ts'
import { problem } from './problem.ts'

/** Installs a wheel into an environment of its own, so that nothing of the user's Python changes. */
export async function installWheel(folder: string, requirement: string): Promise<void> {
  const python = (await programOf('python3')) ?? (await programOf('python'))
  if (python === undefined) throw problem('ERR_NOT_FOUND', 'there is no python3')
  await run(python, ['-m', 'venv', folder])
  await run(pythonOf(folder), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement])
}

/** The interpreter of an environment. */
export function pythonOf(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')
}

import { spawn } from 'node:child_process'

/** What a stage's process did; `output` is its standard output and error as they came. */
export interface StageResult {
  readonly ok: boolean
  readonly seconds: number
  readonly output: string
}

export interface StageOptions {
  readonly cwd: string
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>
  /** Output that means the process will never end: it is killed, and the stage fails. */
  readonly killOn?: string
  /** Default 1 080 000 ms. */
  readonly timeoutMs?: number
}

/** Runs one command to its end; a command that cannot be started is a failed stage, not a thrown error. */
export function runStage(command: readonly string[], options: StageOptions): Promise<StageResult> {
  const { cwd, env, killOn, timeoutMs = 1_080_000 } = options
  const [file = '', ...args] = command
  const begun = performance.now()
  return new Promise((done) => {
    let output = ''
    let ok = true
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // Not spawn's own `timeout`: its timer outlives a command that could not be started.
    const deadline = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    const collect = (chunk: string) => {
      output += chunk
      if (killOn !== undefined && output.includes(killOn)) child.kill('SIGKILL')
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.on('error', (error) => {
      ok = false
      output += `${error.message}\n`
    })
    child.on('close', (code, signal) => {
      clearTimeout(deadline)
      const seconds = (performance.now() - begun) / 1000
      if (signal !== null) output += `\nended by ${signal} after ${seconds.toFixed(0)} s\n`
      done({ ok: ok && code === 0, seconds, output })
    })
  })
}

import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { jest } from '@jest/globals'
import { runProgram } from '../../cli/program.ts'

const root = resolve(import.meta.dirname, '../..')
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A `waybill` command that was started. */
export interface Started {
  readonly process: ChildProcess
  readonly finished: Promise<Finished>
  /** Resolves once standard output contains the text; rejects when the command ends or ten seconds pass before. */
  says(text: string): Promise<void>
}

export interface StartOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Written to standard input, which is then closed. */
  readonly input?: string
  /** The build, by plain Node, instead of the sources. */
  readonly built?: boolean
}

/** Starts a command line as a user would, with nothing of Jest's in its environment. */
export function start(words: readonly string[], { cwd, env, input, built }: StartOptions): Started {
  const { NODE_OPTIONS: _, DEBUG: __, ...rest } = process.env
  const program = built
    ? [resolve(root, 'dist/cli/main.js')]
    : ['--import', tsx, resolve(root, 'cli/main.ts')]
  const child = spawn(process.execPath, [...program, ...words], {
    cwd,
    env: { ...rest, NO_COLOR: '1', ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.end(input)
  const finished = new Promise<Finished>((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) => done({ code, stdout, stderr }))
  })

  function says(text: string): Promise<void> {
    return new Promise((done, fail) => {
      const seen = () => stdout.includes(text)
      const lost = (why: string) => fail(new Error(`${why} before it said ${text}:\n${stdout}${stderr}`))
      if (seen()) return done()
      const timer = setTimeout(() => lost('ten seconds passed'), 10_000)
      child.stdout.on('data', () => {
        if (!seen()) return
        clearTimeout(timer)
        done()
      })
      void finished.then(() => {
        clearTimeout(timer)
        lost('the command ended')
      })
    })
  }

  return { process: child, finished, says }
}

/** Runs a command line in this process: much faster than {@link start}, for what needs no process of its own. */
export async function waybill(...words: readonly string[]): Promise<Finished> {
  let stdout = ''
  let stderr = ''
  const out = (text: string | Uint8Array) => {
    stdout += text
    return true
  }
  const err = (text: string | Uint8Array) => {
    // Node's own warnings are about how the tests are run.
    if (!/^\(node:\d+\) /.test(String(text))) stderr += text
    return true
  }
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(out),
    jest.spyOn(process.stderr, 'write').mockImplementation(err),
    jest.spyOn(console, 'log').mockImplementation((text: string) => void out(`${text}\n`)),
    jest.spyOn(console, 'error').mockImplementation((text: string) => void err(`${text}\n`)),
  ]
  try {
    const code = await runProgram(words)
    return { code, stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr) }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

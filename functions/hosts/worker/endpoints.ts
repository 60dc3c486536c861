import { createServer } from 'node:http'
import type { Broker } from '../../../adapters/core/broker.ts'
import { codeOf, messageOf } from '../../../adapters/core/errors.ts'
import type { Observation } from '../../../adapters/core/observe.ts'
import { listen } from '../listen.ts'
import type { Worker } from '../worker.ts'
import { workerMetrics } from './metrics.ts'
import { progress } from './progress.ts'

export interface EndpointsOptions {
  /** 0 is any that is free. */
  readonly port: number
  /** Default: every address of the computer. */
  readonly hostname?: string | undefined
  /** Time without progress, while deliveries are in flight, after which the worker counts as dead, in milliseconds. Default 300 000. */
  readonly stalledMs?: number | undefined
  /** Time that a broker has to answer, in milliseconds. Default 2 000. */
  readonly pingMs?: number | undefined
}

/** What a platform asks of a worker. */
export interface Endpoints extends AsyncDisposable {
  readonly url: string
  /** To be given to the worker. */
  readonly observe: (name: string, observation: Observation) => void
  /** Names what is asked about. Until then it is alive, and not ready. */
  attach(worker: Worker, brokers: Iterable<Broker>): void
  /** From now on it is not ready. */
  drain(): void
  close(): Promise<void>
}

interface Subject {
  readonly worker: Worker
  readonly brokers: readonly Broker[]
}

interface Reply {
  readonly status: number
  readonly body: string
  readonly type?: string
}

/**
 * Serves `/livez` (200, or 503 where a function has ended by itself or stalls: a restart would help), `/readyz` (503 until the
 * functions run, while a broker does not answer, and once it drains) and `/metrics` (Prometheus).
 *
 * Throws `ERR_CONFIG` where the port cannot be had.
 */
export async function serveEndpoints(options: EndpointsOptions): Promise<Endpoints> {
  const { port, hostname, stalledMs = 300_000, pingMs = 2_000 } = options
  const metrics = workerMetrics()
  const moves = progress()
  let subject: Subject | undefined
  let isDraining = false

  const paths: Readonly<Record<string, () => Reply | Promise<Reply>>> = {
    '/livez': live,
    '/readyz': ready,
    '/metrics': async () => ({
      status: 200,
      body: await metrics.text(subject?.worker.status() ?? []),
      type: metrics.contentType,
    }),
  }

  function live(): Reply {
    const status = subject?.worker.status() ?? []
    const failed = status.find(({ state }) => state === 'failed')
    if (failed !== undefined) return unwell(`function ${failed.name} has failed: ${messageOf(failed.error)}`)
    const [stalled] = moves.stalled(status, stalledMs)
    return stalled === undefined
      ? well
      : unwell(`function ${stalled} has settled nothing for ${stalledMs} ms`)
  }

  async function ready(): Promise<Reply> {
    if (isDraining) return unwell('draining')
    if (subject === undefined) return unwell('starting')
    if (live().status !== 200) return live()
    const faults = await Promise.all(subject.brokers.map((broker) => faultOf(broker, pingMs)))
    const fault = faults.find((each) => each !== undefined)
    return fault === undefined ? well : unwell(fault)
  }

  /** Never rejects: a probe must not end the worker. */
  async function replyTo(url = '/'): Promise<Reply> {
    const [path = '/'] = url.split('?', 1)
    const answer = Object.hasOwn(paths, path) ? paths[path] : undefined
    try {
      return await (answer?.() ?? missing)
    } catch (error) {
      return { status: 500, body: `${messageOf(error)}\n` }
    }
  }

  const server = createServer(async (request, response) => {
    const { status, body, type = 'text/plain; charset=utf-8' } = await replyTo(request.url)
    response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : body)
  })
  const url = await listen('worker', server, port, hostname)
  // The functions keep the process running, and their end ends it.
  server.unref()

  function close(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  return {
    url,
    observe: (name, observation) => {
      metrics.observe(name, observation)
      moves.observe(name, observation)
    },
    attach: (worker, brokers) => {
      subject = { worker, brokers: [...brokers] }
    },
    drain: () => {
      isDraining = true
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const well: Reply = { status: 200, body: 'ok\n' }
const missing: Reply = { status: 404, body: 'there are /livez, /readyz and /metrics\n' }

function unwell(reason: string): Reply {
  return { status: 503, body: `${reason}\n` }
}

/** Why a broker cannot be worked with; brokers that have nothing to ask are well. */
async function faultOf(broker: Broker, withinMs: number): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`broker ${broker.name} does not answer in ${withinMs} ms`), withinMs)
  })
  const asked = broker.ping().then(
    () => undefined,
    (error: unknown) => (codeOf(error) === 'ERR_UNSUPPORTED' ? undefined : messageOf(error)),
  )
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** What a runtime said of an invocation. */
export type Answer =
  | { readonly kind: 'response'; readonly body: unknown }
  | { readonly kind: 'error'; readonly body: unknown }

interface Waiting {
  readonly id: string
  readonly event: unknown
  readonly timeoutMs: number
  readonly begun: () => void
  readonly settle: (answer: Answer) => void
}

/** Lambda's Runtime API (Developer Guide, "Using the Lambda runtime API"), for runtimes on this computer. */
export interface RuntimeApi extends AsyncDisposable {
  /** `host:port`, as `AWS_LAMBDA_RUNTIME_API` has it. */
  readonly address: string
  /** Hands an event to the next runtime that asks; from then on it has `timeoutMs`. */
  invoke(event: unknown, timeoutMs: number, begun: () => void): Promise<Answer>
  /** Invocations that a runtime has taken and not answered are answered so: the runtime has ended. */
  abandon(reason: string): void
  /** What a runtime said that could not begin. */
  readonly initErrors: readonly unknown[]
}

const prefix = '/2018-06-01/runtime'

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const queue: Waiting[] = []
  const runtimes: ServerResponse[] = []
  const running = new Map<string, Waiting>()
  const initErrors: unknown[] = []

  function match(): void {
    while (queue.length > 0 && runtimes.length > 0) {
      const response = runtimes.shift()
      if (response === undefined || response.destroyed) continue
      const waiting = queue.shift()
      if (waiting === undefined) return
      running.set(waiting.id, waiting)
      waiting.begun()
      response.writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': waiting.id,
        'lambda-runtime-deadline-ms': String(Date.now() + waiting.timeoutMs),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:test',
        'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000',
      })
      response.end(JSON.stringify(waiting.event))
    }
  }

  function settle(id: string, answer: Answer): void {
    running.get(id)?.settle(answer)
    running.delete(id)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').slice(prefix.length)
    if (path === '/invocation/next') {
      runtimes.push(response)
      match()
      return
    }
    const body = await bodyOf(request)
    const [, id = '', kind] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
    if (path === '/init/error') initErrors.push(body)
    else if (kind === 'response' || kind === 'error') settle(id, { kind, body })
    response.writeHead(202).end()
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the Runtime API has no port')

  return {
    address: `127.0.0.1:${bound.port}`,
    initErrors,
    invoke: (event, timeoutMs, begun) =>
      new Promise((settled) => {
        queue.push({ id: randomUUID(), event, timeoutMs, begun, settle: settled })
        match()
      }),
    abandon(reason) {
      for (const id of [...running.keys()]) settle(id, { kind: 'error', body: { errorMessage: reason } })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const part of request) text += String(part)
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isRecord } from '../../adapters/core/is-record.ts'

/** What is answered instead of asking the server. */
export interface Answer {
  readonly status: number
  /** The service's name of an error. */
  readonly error?: string | undefined
  readonly body: string | Uint8Array
  readonly type?: string | undefined
}

export interface Request {
  /** The operation, such as `PutRecords`. */
  readonly operation: string
  readonly body: Readonly<Record<string, unknown>>
  /** Asks the server, for this or for another body. */
  pass(body?: object): Promise<Readonly<Record<string, unknown>>>
}

/** Stands between a client and a server of AWS; `undefined` lets a request through. */
export type Meet = (request: Request) => Promise<Answer | undefined> | Answer | undefined

export interface Between extends AsyncDisposable {
  readonly url: string
}

/** An answer that refuses, as AWS refuses. */
export function refusal(error: string, message = error, status = 400): Answer {
  return { status, error, body: JSON.stringify({ __type: error, message }) }
}

export async function between(target: string, meet: Meet): Promise<Between> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    )
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const headers = headersOf(request)
    const ask = (body: string) => fetch(target, { method: 'POST', headers, body })
    const operation = (headers['x-amz-target'] ?? '').split('.')[1] ?? ''
    const found = await meet({
      operation,
      body: JSON.parse(text || '{}'),
      pass: async (body) =>
        objectOf(await (await ask(body === undefined ? text : JSON.stringify(body))).json()),
    })
    if (found === undefined) {
      const passed = await ask(text)
      const error = passed.headers.get('x-amzn-errortype')
      response.writeHead(passed.status, {
        'content-type': passed.headers.get('content-type') ?? '',
        ...(error === null ? {} : { 'x-amzn-errortype': error }),
      })
      response.end(Buffer.from(await passed.arrayBuffer()))
      return
    }
    const { status, error, body, type = 'application/x-amz-json-1.1' } = found
    response.writeHead(status, {
      'content-type': type,
      ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
    })
    response.end(body)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${portOf(address)}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of ['x-amz-target', 'x-amz-date', 'authorization', 'content-type']) {
    const value = headers[name]
    if (typeof value === 'string') kept[name] = value
  }
  return kept
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { isRecord } from '../../adapters/core/is-record.ts'

/** An error as the service answers it. */
export interface Refusal {
  readonly error: string
  readonly message: string
}

export interface Script extends AsyncDisposable {
  readonly url: string
}

export function refusal(error: string, message: string): Refusal {
  return { error, message }
}

/** A service that answers each request as it is told: with an event stream, or with an error. */
export async function startScript(
  answerTo: (request: Readonly<Record<string, unknown>>) => Buffer | Refusal,
): Promise<Script> {
  const server = createServer(async (request, response) => {
    const body = await json(request)
    const answer = answerTo(isRecord(body) ? body : {})
    if (Buffer.isBuffer(answer)) {
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' }).end(answer)
      return
    }
    const { error, message } = answer
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify({ __type: error, message }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

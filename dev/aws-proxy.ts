import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { type ActiveFault, type AwsFault, checkFault, refusalOf } from './aws-fault.ts'
import { partialOf } from './put-records.ts'
import type { Detour } from './recipe.ts'

/** Stands in front of a local Kinesis or DynamoDB, none of which ever throttles, and fails what it is told to. */
export interface AwsProxy extends AsyncDisposable {
  readonly port: number
  /** `host:port`. */
  readonly address: string
  /** Requests that came so far, by operation. */
  readonly requests: Readonly<Record<string, number>>
  /** Sets a fault. A request is hit by the first that matches, in the order in which they were set. */
  fail(fault: AwsFault): ActiveFault
  /** Ends every fault. */
  restore(): void
}

export interface AwsProxyOptions {
  /** Decides by chance, from 0 to below 1; one that is seeded makes a run repeatable. Default `Math.random`. */
  readonly random?: () => number
}

interface Rule {
  readonly fault: AwsFault
  hits: number
}

/**
 * Passes requests of the AWS JSON protocol between a port of 127.0.0.1 and a server there; it speaks HTTP/1.1, so clients
 * need the `NodeHttpHandler`. For cuts and silence put a `startProxy` in front.
 */
export async function startAwsProxy(
  { to, at }: Detour,
  { random = Math.random }: AwsProxyOptions = {},
): Promise<AwsProxy> {
  let rules: Rule[] = []
  const requests: Record<string, number> = {}
  const agent = new Agent({ keepAlive: true })

  function take(operation: string): AwsFault | undefined {
    const rule = rules.find(({ fault, hits }) => {
      const { count = Number.POSITIVE_INFINITY, rate = 1 } = fault
      const wanted = 'records' in fault ? 'PutRecords' : fault.operation
      return (wanted === undefined || wanted === operation) && hits < count && random() < rate
    })
    if (rule === undefined) return undefined
    rule.hits++
    return rule.fault
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming)
    const operation = operationOf(incoming)
    requests[operation] = (requests[operation] ?? 0) + 1
    const fault = take(operation)
    if (fault === undefined) return pipe(await forward(incoming, outgoing, body), outgoing)
    if ('error' in fault) {
      const refusal = refusalOf(fault)
      return answer(outgoing, refusal.status, refusal.body)
    }
    if ('delayMs' in fault) {
      await pause(fault.delayMs)
      return pipe(await forward(incoming, outgoing, body), outgoing)
    }
    if ('reset' in fault) {
      if (fault.reset === 'after') (await forward(incoming, outgoing, body)).destroy()
      incoming.socket.resetAndDestroy()
      return
    }
    const { records, code = 'ProvisionedThroughputExceededException' } = fault
    const partial = partialOf(body.toString('utf8'), code, () => random() < records)
    if (partial.forwarded === undefined) return answer(outgoing, 200, partial.answerOf(undefined))
    const from = await forward(incoming, outgoing, Buffer.from(partial.forwarded))
    const text = (await bodyOf(from)).toString('utf8')
    answer(outgoing, from.statusCode ?? 502, from.statusCode === 200 ? partial.answerOf(text) : text)
  }

  async function forward(
    { method, url, headers }: IncomingMessage,
    outgoing: ServerResponse,
    body: Buffer,
  ): Promise<IncomingMessage> {
    const onward = request({
      agent,
      host: '127.0.0.1',
      port: to,
      method,
      path: url,
      headers: { ...headers, 'content-length': body.length },
    })
    // A client that went away is waited for no longer.
    outgoing.once('close', () => onward.destroy())
    onward.end(body)
    const [from]: IncomingMessage[] = await once(onward, 'response')
    if (from === undefined) throw new Error('a response without a message')
    return from
  }

  const server = createServer((incoming, outgoing) => {
    // As a server that broke off: the client has its own way with that.
    serve(incoming, outgoing).catch(() => incoming.socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(at, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  return {
    port,
    address: `127.0.0.1:${port}`,
    requests,
    fail(fault) {
      checkFault(fault)
      const rule: Rule = { fault, hits: 0 }
      rules.push(rule)
      return {
        get hits() {
          return rule.hits
        },
        stop() {
          rules = rules.filter((other) => other !== rule)
        },
      }
    },
    restore() {
      rules = []
    },
    async [Symbol.asyncDispose]() {
      agent.destroy()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** `Kinesis_20131202.PutRecords` → `PutRecords`. */
function operationOf({ headers }: IncomingMessage): string {
  const target = headers['x-amz-target']
  return typeof target === 'string' ? target.slice(target.indexOf('.') + 1) : ''
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function pipe(from: IncomingMessage, to: ServerResponse): void {
  to.writeHead(from.statusCode ?? 502, from.headers)
  // A server that breaks off must not look like one that has finished.
  from.once('error', () => to.destroy())
  from.pipe(to)
}

function answer(to: ServerResponse, status: number, body: string): void {
  to.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(body),
  })
  to.end(body)
}

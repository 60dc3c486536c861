import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { systemClock } from '../../adapters/core/clock.ts'
import { eventually } from '../eventually.ts'

/** One request as it arrived. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Behave = (response: ServerResponse, request: Received, socket: Socket) => void

/** What a receiver can do to a request. Only `accept` and `slow` accept it. */
export const behaviours = {
  accept: (response) => response.writeHead(202).end(),
  slow: (response) => {
    systemClock.after(5, () => response.writeHead(200, { 'content-type': 'text/plain' }).end('done'))
  },
  reset: (_, __, socket) => socket.resetAndDestroy(),
  hangUp: (_, __, socket) => socket.destroy(),
  halfHead: (_, __, socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
  halfBody: (response, _, socket) => {
    response.writeHead(200, { 'content-length': 100 }).write('only so much', () => socket.destroy())
  },
  halfChunks: (response, _, socket) => {
    response.writeHead(200).write('only so much', () => socket.destroy())
  },
  garbage: (_, __, socket) => socket.end('this is no HTTP\r\n\r\n'),
  error: (response) => response.writeHead(500).end('oh no'),
  busy: (response) => response.writeHead(429).end(),
  unavailable: (response) => response.writeHead(503, { 'retry-after': '0' }).end(),
  silent: () => {},
} satisfies Record<string, Behave>

/** An answer with a status, headers and nothing else. */
export function answering(status: number, headers: Record<string, string> = {}): Behave {
  return (response) => response.writeHead(status, headers).end()
}

export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly Received[]
  /** Ids whose 2xx was written to its end, in that order, repetitions included. */
  readonly accepted: readonly string[]
  readonly connections: number
  /** Most requests that were unanswered at once. */
  readonly mostAtOnce: number
  behave: (request: Received, index: number) => Behave
  /** Waits until so many requests have arrived. */
  arrived(count: number): Promise<void>
}

/** A real server on this machine that does what a test says. */
export async function receiver(behave: Receiver['behave'] = () => behaviours.accept): Promise<Receiver> {
  const requests: Received[] = []
  const accepted: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let atOnce = 0
  let mostAtOnce = 0

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    mostAtOnce = Math.max(mostAtOnce, ++atOnce)
    response.once('close', () => atOnce--)
    const body = await text(request)
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    )
    const received = { method: request.method ?? '', path: request.url ?? '', headers, body }
    response.once('finish', () => {
      if (response.statusCode < 300 && received.method === 'POST') accepted.push(...idsOf(received))
    })
    requests.push(received)
    self.behave(received, requests.length - 1)(response, received, request.socket)
  }

  const server = createServer((request, response) => {
    // A request that its sender gave up is nobody's.
    serve(request, response).catch(() => response.destroy())
  })
  server.on('connection', (socket) => {
    connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined

  const self: Receiver = {
    url: `http://127.0.0.1:${port}`,
    requests,
    accepted,
    get connections() {
      return connections
    },
    get mostAtOnce() {
      return mostAtOnce
    },
    behave,
    arrived: (count) => eventually(`${count} requests`, () => requests.length >= count),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return self
}

function idsOf({ headers, body }: Received): string[] {
  const id = headers['ce-id']
  if (id !== undefined) return [id]
  const isJson = headers['content-type']?.startsWith('application/cloudevents') ?? false
  const events: unknown = isJson ? JSON.parse(body) : []
  return [events].flat().flatMap((event: unknown) => {
    if (typeof event !== 'object' || event === null || !('id' in event)) return []
    return [String(event.id)]
  })
}

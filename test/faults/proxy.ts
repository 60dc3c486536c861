import { connect, createServer, type Socket } from 'node:net'
import type { Detour } from '../../dev/index.ts'

/** A TCP connection in the middle that can be cut. */
export interface Proxy extends AsyncDisposable {
  readonly port: number
  /** Connections that are open. */
  readonly connections: number
  /**
   * Lets what clients send through and swallows what the server answers, until `count` more pieces have gone to the server;
   * then cuts every connection. Resolves when it has.
   */
  cutBeforeAnswer(count?: number): Promise<void>
}

/** Passes everything between a port and a server. */
export async function startProxy({ to, at }: Detour): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let swallowing: { left: number; readonly done: () => void } | undefined

  function cut(): void {
    for (const [client, server] of pairs) {
      client.resetAndDestroy()
      server.destroy()
    }
    pairs.clear()
  }

  function piece(): void {
    if (swallowing === undefined || --swallowing.left > 0) return
    const { done } = swallowing
    // The server has what was written once it is readable there; it needs no answer for that.
    setImmediate(() => {
      swallowing = undefined
      cut()
      done()
    })
  }

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ host: '127.0.0.1', port: to, noDelay: true })
    const pair = [client, server] as const
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const socket of pair) socket.on('error', end).on('close', end)
    client.on('data', (chunk) => server.write(chunk, piece))
    server.on('data', (chunk) => {
      if (swallowing === undefined) client.write(chunk)
    })
  })
  await new Promise<void>((resolve) => listener.listen(at, '127.0.0.1', resolve))
  const address = listener.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  return {
    port,
    get connections() {
      return pairs.size
    },
    cutBeforeAnswer(count = 1) {
      return new Promise<void>((done) => {
        swallowing = { left: count, done }
      })
    },
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise<void>((resolve) => listener.close(() => resolve()))
    },
  }
}

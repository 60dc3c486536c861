import { connect, createServer, type Socket } from 'node:net'
import type { Detour } from './recipe.ts'

/** A TCP connection in the middle that can be cut: for any protocol, gRPC too. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** `host:port`. */
  readonly address: string
  /** Connections that are open. */
  readonly connections: number
  /** Resets every connection, and each new one too, until `restore`. */
  cut(): void
  /**
   * Lets nothing through in either direction until `restore`, while connections stay open and new ones are accepted: a
   * network that has gone silent. What is sent meanwhile arrives afterwards.
   */
  hold(): void
  /** Ends `cut` and `hold`. */
  restore(): void
  /**
   * Lets the next piece of a client through and waits for what the server says after it; then resets every connection once
   * instead of passing that on. Resolves when it has.
   */
  cutAtAnswer(): Promise<void>
}

/** Passes everything between a port of 127.0.0.1 and a server there; see `LocalServer.detour`. */
export async function startProxy({ to, at }: Detour): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let answer: { asker: Socket | undefined; readonly cut: () => void } | undefined
  let state: 'open' | 'cut' | 'held' = 'open'

  function reset(): void {
    for (const [client, server] of pairs) {
      client.resetAndDestroy()
      server.destroy()
    }
    pairs.clear()
  }

  const listener = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    if (state === 'cut') {
      client.on('error', () => {})
      client.resetAndDestroy()
      return
    }
    const server = connect({ host: '127.0.0.1', port: to, noDelay: true })
    const pair = [client, server] as const
    pairs.add(pair)
    const end = () => {
      if (answer?.asker === client) answer.asker = undefined
      // What one side said before it left still goes to the other.
      for (const socket of pair) socket.destroySoon()
      if (client.closed && server.closed) pairs.delete(pair)
    }
    for (const socket of pair) socket.on('error', end).on('close', end)
    client.on('data', (chunk) => {
      if (answer !== undefined) answer.asker ??= client
      pass(chunk, client, server)
    })
    server.on('data', (chunk) => {
      if (answer?.asker === client) answer.cut()
      else pass(chunk, server, client)
    })
    if (state === 'held') for (const socket of pair) socket.pause()
    else client.resume()
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(at, '127.0.0.1', resolve)
  })
  const address = listener.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  /** A slow reader slows the writer, as without a proxy. */
  function pass(chunk: Buffer, from: Socket, to: Socket): void {
    if (to.write(chunk)) return
    from.pause()
    to.once('drain', () => {
      if (state !== 'held') from.resume()
    })
  }

  return {
    port,
    address: `127.0.0.1:${port}`,
    get connections() {
      return pairs.size
    },
    cut() {
      state = 'cut'
      reset()
    },
    hold() {
      state = 'held'
      for (const socket of [...pairs].flat()) socket.pause()
    },
    restore() {
      state = 'open'
      for (const socket of [...pairs].flat()) socket.resume()
    },
    cutAtAnswer() {
      return new Promise<void>((resolve) => {
        const cut = () => {
          answer = undefined
          reset()
          resolve()
        }
        answer = { asker: undefined, cut }
      })
    },
    async [Symbol.asyncDispose]() {
      reset()
      await new Promise<void>((resolve) => listener.close(() => resolve()))
    },
  }
}

import { type Broker, connect, type Source } from '../../adapters/index.ts'
import { type LocalServer, startServer } from '../../dev/index.ts'
import type { Kind } from './kinds.ts'

/** Where a connection differs from the others of its world. */
export interface Detached {
  /** `host:port` instead of the server's own. */
  readonly address?: string
  /** Parameters of the URL that are added. */
  readonly query?: Readonly<Record<string, string>>
}

/** A server of one scenario, and connections to it that are closed with it. */
export interface World extends AsyncDisposable {
  readonly kind: Kind
  readonly server: LocalServer
  /** How many events a scenario sends. */
  readonly events: number
  url(differing?: Detached): string
  open(differing?: Detached): Promise<Broker>
  /** A topic that exists, with a group that keeps what comes from now on. */
  source(name: string): Promise<Source>
}

/** A world on a server of its own, or on one that stays when it is closed. */
export async function openWorld(kind: Kind, events: number, shared?: LocalServer): Promise<World> {
  const server = shared ?? (await startServer(kind.server))
  const brokers: Broker[] = []

  function url({ address = server.address, query = {} }: Detached = {}): string {
    return `${kind.broker}://${address}?${new URLSearchParams({ ...kind.query, ...query })}`
  }

  async function open(differing?: Detached): Promise<Broker> {
    const broker = await connect(url(differing))
    brokers.push(broker)
    return broker
  }

  return {
    kind,
    server,
    events,
    url,
    open,
    async source(name) {
      const source = { topic: name, group: `${name}-readers` }
      await (await open()).ensure({ topics: [name, `dlq.${source.group}`], groups: [source] })
      return source
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(brokers.map((broker) => broker.close()))
      if (shared === undefined) await server.stop()
    },
  }
}

import { type Broker, connect, connectWith, type Source } from '../../adapters/index.ts'
import { type LocalServer, startServer } from '../../dev/index.ts'
import type { Kind } from './kinds.ts'

/** Where a connection differs from the others of its world. */
export interface Detached {
  /** `host:port` instead of the server's own. */
  readonly address?: string
  /** Parameters of the URL that are added. */
  readonly query?: Readonly<Record<string, string>>
}

/** The servers of a kind of broker. */
export interface Servers extends AsyncDisposable {
  readonly server: LocalServer
  /** The one beside it, where there is one. */
  readonly beside: LocalServer | undefined
}

/** Servers of one scenario, and connections to them that are closed with it. */
export interface World extends AsyncDisposable {
  readonly kind: Kind
  readonly server: LocalServer
  readonly beside: LocalServer | undefined
  /** How many events a scenario sends. */
  readonly events: number
  url(differing?: Detached): string
  open(differing?: Detached): Promise<Broker>
  /** Closes a connection of one's own with the others. */
  keep(broker: Broker): void
  /** A topic that exists, with a group that keeps what comes from now on. */
  source(name: string): Promise<Source>
}

export async function startServers({ server: kind, beside: other, front }: Kind): Promise<Servers> {
  const started = startServer(kind)
  const [server, beside] = await Promise.all([
    front === undefined ? started : started.then(front),
    other === undefined ? undefined : startServer(other),
  ])
  for (const [name, value] of Object.entries(server.variables)) {
    // Where it is, its URL says; that there are credentials, clients want to hear, those of other processes too.
    if (!/:\d+$/.test(value)) process.env[name] ??= value
  }
  return {
    server,
    beside,
    async [Symbol.asyncDispose]() {
      await Promise.all([server.stop(), beside?.stop()])
    },
  }
}

/** A world on servers of its own, or on some that stay when it is closed. */
export async function openWorld(kind: Kind, events: number, shared?: Servers): Promise<World> {
  const servers = shared ?? (await startServers(kind))
  const { server, beside } = servers
  const brokers: Broker[] = []

  function url({ address = server.address, query = {} }: Detached = {}): string {
    const place = kind.placeOf?.(address, beside?.address ?? '') ?? { host: address, query: {} }
    const parameters = new URLSearchParams({ ...place.query, ...kind.query, ...query })
    return `${kind.broker}://${place.host}?${parameters}`
  }

  async function open(differing?: Detached): Promise<Broker> {
    const { adapter } = kind
    const broker = await (adapter === undefined
      ? connect(url(differing))
      : connectWith([adapter], url(differing)))
    brokers.push(broker)
    return broker
  }

  return {
    kind,
    server,
    beside,
    events,
    url,
    open,
    keep: (broker) => void brokers.push(broker),
    async source(name) {
      const source = { topic: name, group: `${name}-readers` }
      await (await open()).ensure({ topics: [name, `dlq.${source.group}`], groups: [source] })
      return source
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(brokers.map((broker) => broker.close()))
      if (shared === undefined) await servers[Symbol.asyncDispose]()
    },
  }
}

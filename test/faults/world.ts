import { type Broker, connect, type Source } from '../../adapters/index.ts'
import { type LocalServer, type ServerKind, startServer } from '../../dev/index.ts'

/** How a broker is set up for faults: its server, and time limits that are short. */
export interface Profile {
  readonly broker: string
  readonly server: ServerKind
  /** Query of the URL. */
  readonly query: string
  /** A reader that says nothing for this long loses what it holds, in milliseconds. */
  readonly leaseMs: number
}

export const profiles: Readonly<Record<string, Profile>> = {
  kafka: { broker: 'kafka', server: 'kafka', query: 'sessionTimeoutMs=1000&heartbeatMs=200', leaseMs: 1_000 },
  jetstream: { broker: 'jetstream', server: 'nats', query: 'ackWaitMs=1000', leaseMs: 1_000 },
}

/** A server of one scenario, and connections to it that are closed with it. */
export interface World extends AsyncDisposable {
  readonly profile: Profile
  readonly server: LocalServer
  readonly events: number
  url(address?: string): string
  open(address?: string): Promise<Broker>
  /** A topic that exists, with a group that keeps what comes from now on. */
  source(name: string): Promise<Source>
}

export async function openWorld(profile: Profile, events: number): Promise<World> {
  const server = await startServer(profile.server)
  const brokers: Broker[] = []
  const url = (address = server.address) => `${profile.broker}://${address}?${profile.query}`

  async function open(address?: string): Promise<Broker> {
    const broker = await connect(url(address))
    brokers.push(broker)
    return broker
  }

  return {
    profile,
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
      await server.stop()
    },
  }
}

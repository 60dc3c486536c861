import type { Adapter } from '../../adapters/index.ts'
import type { LocalServer, ServerKind } from '../../dev/index.ts'
import { countingDeliveries } from './pubsub/counting.ts'
import { endingStreams } from './pubsub/ending.ts'
import type { Scenario } from './scenario.ts'
import { kinesisScenarios } from './scenarios/kinesis/index.ts'
import { memoryStreamRestart } from './scenarios/memory-stream-restart.ts'
import { portable } from './scenarios/portable.ts'
import { pubsubScenarios } from './scenarios/pubsub/index.ts'

/** Where a URL leads. */
export interface Place {
  readonly host: string
  readonly query: Readonly<Record<string, string>>
}

/** A kind of broker to break: its server, time limits that are short, and what may go wrong with it. */
export interface Kind {
  /** Scheme of its URLs. */
  readonly broker: string
  readonly server: ServerKind
  /** A server beside it, without which it cannot be read. */
  readonly beside?: ServerKind
  /** Put in front of it, to stand in for what it does not do and the service does. */
  readonly front?: (server: LocalServer) => Promise<LocalServer>
  /** What opens the URL. Default: what is built in. */
  readonly adapter?: Adapter
  /** Query of the URL. */
  readonly query: Readonly<Record<string, string>>
  /** What of the URL names the servers, by their addresses. Default: the first stands behind the scheme. */
  readonly placeOf?: (address: string, beside: string) => Place
  /** A reader that says nothing for this long loses what it holds, in milliseconds. */
  readonly leaseMs: number
  /** By the name that the report has. */
  readonly scenarios: Readonly<Record<string, Scenario>>
}

/** By the name that the command line has. */
export const kinds: Readonly<Record<string, Kind>> = {
  kafka: {
    broker: 'kafka',
    server: 'kafka',
    query: { sessionTimeoutMs: '1000', heartbeatMs: '200', partitions: '6' },
    leaseMs: 1_000,
    scenarios: portable,
  },
  jetstream: {
    broker: 'jetstream',
    server: 'nats',
    query: { ackWaitMs: '1000' },
    leaseMs: 1_000,
    scenarios: { ...portable, 'memory-stream-restart': memoryStreamRestart },
  },
  kinesis: {
    broker: 'kinesis',
    server: 'kinesalite',
    beside: 'dynamodb',
    query: { leaseMs: '1000', renewMs: '150', checkpointMs: '100', pollMs: '20', shards: '4' },
    placeOf: (address, beside) => ({
      host: 'us-east-1',
      query: { endpoint: `http://${address}`, leaseEndpoint: `http://${beside}` },
    }),
    leaseMs: 1_000,
    scenarios: { ...portable, ...kinesisScenarios },
  },
  pubsub: {
    broker: 'pubsub',
    server: 'pubsub',
    front: endingStreams,
    adapter: countingDeliveries,
    query: { ackDeadlineMs: '10000' },
    placeOf: (address) => ({ host: 'local', query: { endpoint: address } }),
    leaseMs: 10_000,
    scenarios: { ...portable, ...pubsubScenarios },
  },
}

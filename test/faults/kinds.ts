import type { ServerKind } from '../../dev/index.ts'
import type { Scenario } from './scenario.ts'
import { memoryStreamRestart } from './scenarios/memory-stream-restart.ts'
import { portable } from './scenarios/portable.ts'

/** A kind of broker to break: its server, time limits that are short, and what may go wrong with it. */
export interface Kind {
  /** Scheme of its URLs. */
  readonly broker: string
  readonly server: ServerKind
  /** Query of the URL. */
  readonly query: Readonly<Record<string, string>>
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
}

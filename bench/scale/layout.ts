import type { ServerKind } from '../../dev/index.ts'
import type { Size } from './size.ts'

/** Where the events of a backlog go on one kind of broker. */
export interface Layout {
  readonly server: ServerKind
  /** Of the server, beside those that it has as a rule. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** What lanes are here. */
  readonly lanes: string
  url(address: string, size: Size): string
  /** What is created, and what is read. */
  source(name: string): string
  /** The topic of an event. */
  topic(name: string, lane: number): string
}

export const layouts: Readonly<Record<string, Layout>> = {
  kafka: {
    server: 'kafka',
    // Else the only broker is taken for dead whenever it is busy for a second, and leads nothing for a moment.
    settings: { 'broker.session.timeout.ms': 30_000, 'broker.heartbeat.interval.ms': 1_000 },
    lanes: 'partitions',
    url: (address, { lanes }) => `kafka://${address}?partitions=${lanes}`,
    source: (name) => name,
    // The client chooses the partition by the key.
    topic: (name) => name,
  },
  jetstream: {
    server: 'nats',
    lanes: 'subjects',
    url: (address) => `jetstream://${address}`,
    source: (name) => `${name}.*`,
    topic: (name, lane) => `${name}.${lane}`,
  },
}

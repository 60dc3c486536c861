import type { ServerKind } from '../../dev/index.ts'
import type { Size } from './size.ts'

/** Where the events of a backlog go on one kind of broker. */
export interface Layout {
  readonly server: ServerKind
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

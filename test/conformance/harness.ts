import type { Broker } from '../../adapters/core/broker.ts'
import type { Driver, Source } from '../../adapters/core/driver.ts'

/** Puts something between a broker and its driver: faults, or a view of what passes. */
export type Wrap = (driver: Driver) => Driver

/** How large the cases are that test under load. */
export interface Load {
  /** Events of one case. Default 1 000. */
  readonly events: number
  /** Readers at once. Default 10. */
  readonly readers: number
  /** Topics at once. Default 5. */
  readonly topics: number
}

/** What the author of an adapter gives: the way to a broker, and what the suite may ask of the server behind it. */
export interface Harness {
  /** Names the results. */
  readonly name: string
  /** Why there is no server here to run against, or `undefined` where there is one. Left out where none is needed. */
  unavailable?(): Promise<string | undefined>
  /**
   * A new connection to the same server, each with a driver of its own: `createBroker({ name, driver: wrap(driver), binding })`.
   * The suite closes it.
   */
  open(wrap: Wrap): Promise<Broker>
  /** The name of a new, empty topic, created where the broker does not do that by itself. */
  topic(): Promise<string>
  /** Creates a group, called before its first reader: for brokers where reading does not create it. */
  group?(source: Source): Promise<void>
  /** A topic that does not exist. Left out where the broker creates topics when they are used. */
  missingTopic?(): string
  /** Opens the broker as if its client package were not installed; `client` is the name of that package. */
  readonly withoutClient?: { readonly client: string; open(): Promise<Broker> }
  /** Ends the server as a crash would, and starts it again with its data. */
  restart?(): Promise<void>
  /** Lanes that a topic has at least. Left out where every key is a lane of its own. */
  readonly lanes?: number
  /**
   * `false` where one member of a group reads at a time, while those of other connections stand by and take over: order
   * on a broker without partitions. Default true.
   */
  readonly sharesGroups?: boolean
  /** Time in which anything that must happen has happened, in milliseconds. Default 10 000. */
  readonly deadlineMs?: number
  /** Time for which the suite watches that something does not happen, in milliseconds. Default 250. */
  readonly quietMs?: number
  readonly load?: Partial<Load>
  /**
   * Cases that the server here cannot show though the broker keeps to them, such as where an emulator does otherwise than the
   * service: the name, and why. They are skipped with that reason, and not counted.
   */
  readonly beyond?: Readonly<Record<string, string>>
}

export function loadOf(harness: Harness): Load {
  return { events: 1_000, readers: 10, topics: 5, ...harness.load }
}

export function deadlineOf({ deadlineMs = 10_000 }: Harness): number {
  return deadlineMs
}

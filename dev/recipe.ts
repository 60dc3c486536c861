/**
 * Kinds of servers that this folder starts. `kinesis` has all of the service (kinesis-local); `kinesalite` knows neither
 * `UpdateShardCount` nor enhanced fan-out, but is fast and keeps its data when killed. `dynamodb` holds leases.
 */
export type ServerKind = 'kafka' | 'nats' | 'kinesis' | 'kinesalite' | 'dynamodb' | 'pubsub'

/** Hears what is done while that takes time, in a few words. */
export type Progress = (text: string) => void

/** A place for one server: its own folder, and ports that are free. */
export interface Place {
  readonly folder: string
  readonly ports: readonly number[]
}

/** What a server gets beyond what it needs. */
export interface Additions {
  /**
   * Settings of its configuration file, in the server's own words; they win over ours. Kafka's three lists of listeners
   * are added to ours.
   */
  readonly settings?: Readonly<Record<string, unknown>> | undefined
  /** Words for the program that lays out its data, such as Kafka's `--add-scram`. */
  readonly layout?: readonly string[] | undefined
}

/** Ports for a proxy in front of a server: where it passes things on to, and where it must listen; 0 is anywhere. */
export interface Detour {
  readonly to: number
  /** A server that tells clients where to connect says this to those who came by `to`. */
  readonly at: number
}

/** A program to run, without a shell around it: killing that would leave the server behind. */
export interface Command {
  readonly program: string
  readonly words: readonly string[]
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** How one kind of server is had, started and known to be ready. */
export interface Recipe {
  readonly kind: ServerKind
  /** The environment variable with the `host:port` of one that already runs. */
  readonly variable: string
  /** Another such variable, which the vendor's own clients know. */
  readonly vendorVariable?: string
  /** Servers that are started with it by `waybill brokers up`. */
  readonly goesWith?: readonly ServerKind[]
  readonly defaultVersion: string
  /** How many ports it listens on; the first is the address. */
  readonly ports: number
  /** The way through a proxy; see {@link Detour}. */
  detourOf(ports: readonly number[]): Detour
  /** What can be added to it; nothing where it is left out. */
  readonly takes?: readonly (keyof Additions)[] | undefined
  /** Time from start to ready at most, in milliseconds, on a slow machine. */
  readonly readyMs: number
  /** Finds or fetches the server. Rejects with what to install. */
  install(version: string, progress: Progress): Promise<Installed>
  /** URLs by which `connect` opens it. */
  urlsOf(address: string): readonly string[]
  /** Environment variables with which the vendor's own clients reach it and ask for no real credentials. */
  clientVariables?(address: string): Readonly<Record<string, string>>
  /** Resolves when the server answers. */
  ping(place: Pick<Place, 'ports'>): Promise<void>
}

/** A server that is on this computer. */
export interface Installed {
  /** As it is known; what stands on the PATH may be another than was asked for. */
  readonly version: string
  /** Writes the configuration and lays out the data, where they are not there yet. */
  prepare(place: Place, additions: Additions): Promise<Command>
}

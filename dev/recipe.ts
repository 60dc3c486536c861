/** Kinds of servers that this folder starts. */
export type ServerKind = 'kafka' | 'nats'

/** Hears what is done while that takes time, in a few words. */
export type Progress = (text: string) => void

/** A place for one server: its own folder, and ports that are free. */
export interface Place {
  readonly folder: string
  readonly ports: readonly number[]
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
  readonly defaultVersion: string
  /** How many ports it listens on; the first is the address. */
  readonly ports: number
  /** The way through a proxy; see {@link Detour}. */
  detourOf(ports: readonly number[]): Detour
  /** Time from start to ready at most, in milliseconds, on a slow machine. */
  readonly readyMs: number
  /** Finds or fetches the server. Rejects with what to install. */
  install(version: string, progress: Progress): Promise<Installed>
  /** URLs by which `connect` opens it. */
  urlsOf(address: string): readonly string[]
  /** Resolves when the server answers. */
  ping(place: Pick<Place, 'ports'>): Promise<void>
}

/** A server that is on this computer. */
export interface Installed {
  /** As it is known; what stands on the PATH may be another than was asked for. */
  readonly version: string
  /** Writes the configuration and lays out the data, where they are not there yet. */
  prepare(place: Place): Promise<Command>
}

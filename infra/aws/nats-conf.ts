export interface NatsConfOptions {
  /** Of this server in its cluster. */
  readonly name: string
  readonly cluster: string
  readonly storeFolder: string
  /** What JetStream may fill of the disk. */
  readonly storeGb: number
}

/** Ports of clients, routes between servers, and monitoring. */
export const natsPorts = { client: 4_222, route: 6_222, monitor: 8_222 } as const

/**
 * The configuration file of one server of a cluster. What is secret comes by the environment of its process and is in no file:
 * `NATS_USER`, `NATS_PASSWORD`, `NATS_ROUTE_PASSWORD`, and `NATS_ROUTES`, a list of URLs which hold that password
 * (docs.nats.io, "Configuration", "Variables").
 */
export function natsConf({ name, cluster, storeFolder, storeGb }: NatsConfOptions): string {
  return `server_name: ${name}
port: ${natsPorts.client}
http: "127.0.0.1:${natsPorts.monitor}"
# Longer than a client takes to find another server.
lame_duck_duration: "30s"
max_payload: 1048576

authorization {
  user: $NATS_USER
  password: $NATS_PASSWORD
}

jetstream {
  store_dir: ${JSON.stringify(storeFolder)}
  max_file_store: ${storeGb}GB
  sync_interval: "2m"
}

cluster {
  name: ${cluster}
  port: ${natsPorts.route}
  authorization {
    user: route
    password: $NATS_ROUTE_PASSWORD
  }
  routes: $NATS_ROUTES
}
`
}

/** `NATS_ROUTES` as a shell makes it, with the password of the shell's own environment. */
export function natsRoutes(hosts: readonly string[]): string {
  const urls = hosts.map((host) => `\\"nats-route://route:$NATS_ROUTE_PASSWORD@${host}:${natsPorts.route}\\"`)
  return `[${urls.join(',')}]`
}

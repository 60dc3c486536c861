import { recipes, type ServerKind, startServer } from '../../dev/index.ts'

/** The servers behind the names that `--broker` takes beside URLs. */
const servers: Readonly<Record<string, readonly ServerKind[]>> = {
  kafka: ['kafka'],
  jetstream: ['nats'],
  kinesis: ['kinesalite', 'dynamodb'],
  pubsub: ['pubsub'],
}
/** Rows have no order among them, so they may go side by side. */
const queries: Readonly<Record<string, string>> = {
  kafka: '?partitions=12&partitionsConcurrently=12',
  kinesis: '&shards=2&pollMs=50&renewMs=500',
  pubsub: '&ordered=false',
}

export const localNames = Object.keys(servers)

/** A broker to run on. */
export interface ChosenBroker {
  readonly url: string | undefined
  close(): Promise<void>
}

/** A URL as it is; for the name of a broker, a server on this computer that is started for this run. */
export async function chosenBroker(
  broker: string | undefined,
  progress: (text: string) => void,
): Promise<ChosenBroker> {
  const kinds = broker === undefined ? undefined : servers[broker]
  if (broker === undefined || kinds === undefined) return { url: broker, close: async () => {} }
  const started = await Promise.all(kinds.map((kind) => startServer(kind, { progress })))
  for (const { kind, address } of started)
    for (const [name, value] of Object.entries(recipes[kind].clientVariables?.(address) ?? {}))
      process.env[name] = value
  const url = started.flatMap(({ urls }) => urls).find((each) => each.startsWith(`${broker}://`))
  return {
    url: `${url}${queries[broker] ?? ''}`,
    close: async () => void (await Promise.all(started.map((server) => server.stop()))),
  }
}

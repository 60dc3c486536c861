import { resolvePolicy, type Source } from '../../adapters/index.ts'
import { type ServerKind, startServer } from '../../dev/index.ts'
import type { WorkerFunction } from '../../functions/hosts/worker.ts'

/** The servers behind the names that `--broker` takes beside URLs. */
const servers: Readonly<Record<string, ServerKind>> = { kafka: 'kafka', jetstream: 'nats' }
/** Rows have no order among them, so they may go side by side. */
const queries: Readonly<Record<string, string>> = { kafka: '?partitions=12&partitionsConcurrently=12' }

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
  const kind = broker === undefined ? undefined : servers[broker]
  if (kind === undefined) return { url: broker, close: async () => {} }
  const server = await startServer(kind, { progress })
  return { url: `${broker}://${server.address}${queries[broker ?? ''] ?? ''}`, close: () => server.stop() }
}

/** Creates the topics of functions, their dead letters among them, and their groups, as infrastructure code would. */
export async function createTopics(functions: readonly WorkerFunction[]): Promise<void> {
  for (const { broker, source, sink, policy = {} } of functions) {
    const { deadLetter } = resolvePolicy(policy, source.group)
    const topics = [source.topic, sink?.topic, deadLetter].filter((topic) => typeof topic === 'string')
    const groups: Source[] = [source]
    await broker.ensure({ topics, groups })
  }
}

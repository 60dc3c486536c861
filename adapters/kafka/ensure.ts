import type { Admin, PartitionMetadata } from 'kafkajs'
import type { Client } from './client.ts'
import { problem } from './problem.ts'
import { whileRetriable } from './while-retriable.ts'

/** Time that a broker may take to make the partitions of new topics: hundreds of them on a busy computer, half a minute. */
const createdMs = 60_000

/**
 * Creates the topics that do not exist, and waits until all take records. Throws `ERR_CONFIG` where one exists with another
 * number of partitions or copies than was given.
 */
export async function ensureTopics(client: Client, names: readonly string[]): Promise<void> {
  const { partitions, replication } = client.settings
  const topics = [...new Set(names)]
  const wanted = topics.map((topic) => ({
    topic,
    ...(partitions === undefined ? {} : { numPartitions: partitions }),
    ...(replication === undefined ? {} : { replicationFactor: replication }),
  }))
  if (wanted.length > 0)
    await client.admin('creating topics', (admin) =>
      admin.createTopics({ topics: wanted, waitForLeaders: true }),
    )
  await client.admin('waiting for new topics', (admin) =>
    whileRetriable(() => eachLed(admin, topics), createdMs),
  )
  if (wanted.length === 0 || (partitions === undefined && replication === undefined)) return
  const found = await client.admin('looking up topics', (admin) => admin.fetchTopicMetadata({ topics }))
  for (const topic of found.topics) refuseOther(topic, client.settings)
}

/**
 * Rejects as long as a partition has no leader that serves it. Partitions are made one after the other, some time after
 * the metadata name their leaders; a send to several would be stored in part, and what was stored be sent again.
 */
async function eachLed(admin: Admin, topics: readonly string[]): Promise<void> {
  await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)))
}

interface Topic {
  readonly name: string
  readonly partitions: readonly PartitionMetadata[]
}

interface Wanted {
  readonly partitions: number | undefined
  readonly replication: number | undefined
}

/** What was not given is taken as the topic has it. */
function refuseOther({ name, partitions }: Topic, wanted: Wanted): void {
  const has = {
    partitions: partitions.length,
    replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
  }
  const fields = (['partitions', 'replication'] as const).filter(
    (field) => wanted[field] !== undefined && wanted[field] !== has[field],
  )
  if (fields.length === 0) return
  const differing = fields.map((field) => `${field} is ${has[field]}, needed ${wanted[field]}`)
  const what = `topic "${name}" exists with other settings: ${differing.join('; ')}`
  const isSmall = fields.length === 1 && has.partitions < (wanted.partitions ?? 0)
  const script = `kafka-topics.sh --alter --topic ${name} --partitions ${wanted.partitions}`
  const advice = isSmall
    ? `change the option, or add partitions by hand (${script}), after which keys may be in other partitions than before`
    : 'change the options or the topic'
  throw problem('ERR_CONFIG', `${what}: ${advice}`)
}

import { laneAssigner } from './assigner.ts'
import { type Client, pace } from './client.ts'
import type { PartitionOffset } from './offsets.ts'
import { problem } from './problem.ts'
import { sessionRefusal } from './session.ts'
import { settledWithin } from './within.ts'

export interface Visit {
  readonly group: string
  readonly topic: string
  readonly partitions: number
  /** What to commit, once nobody else reads. */
  readonly offsets: () => Promise<readonly PartitionOffset[]>
}

/**
 * Moves a group, whoever is in it. Kafka takes positions from members only, so a member joins that is given every partition
 * of the topic: the others have let go of theirs by then, commit nothing of them any more, and begin at the new positions
 * when it has left.
 */
export async function visit(client: Client, { group, topic, partitions, offsets }: Visit): Promise<void> {
  const { settings, module } = client
  const consumer = client.create(5).consumer({
    groupId: group,
    partitionAssigners: [laneAssigner(module, () => ({ owns: {}, takes: [topic] }))],
    sessionTimeout: settings.sessionTimeoutMs,
    rebalanceTimeout: settings.rebalanceTimeoutMs,
    heartbeatInterval: Math.min(settings.heartbeatMs, 500),
    maxWaitTimeInMs: 50,
    allowAutoTopicCreation: false,
    retry: { ...pace, retries: 5, restartOnFailure: async () => false },
  })
  const { GROUP_JOIN, CRASH } = consumer.events
  let move = () => {}
  let fail = (_: unknown) => {}
  const given = new Promise<void>((resolve, reject) => {
    move = resolve
    fail = reject
  })
  consumer.on(GROUP_JOIN, ({ payload }) => {
    consumer.pause([{ topic }])
    if (payload.memberAssignment[topic]?.length === partitions) move()
  })
  consumer.on(CRASH, ({ payload }) => fail(payload.error))
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const running = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async () => {},
    })
    const limitMs = settings.rebalanceTimeoutMs + settings.sessionTimeoutMs
    await settledWithin(Promise.all([running, given]), limitMs)
    if (!(await settledWithin(given, 0)))
      throw problem(
        'ERR_TIMEOUT',
        `group "${group}" has members that do not give way: stop its consumers of other clients, then move it`,
      )
    await given
    const found = await offsets()
    if (found.length > 0)
      await consumer.commitOffsets(found.map(({ partition, offset }) => ({ topic, partition, offset })))
  } catch (error) {
    throw (await sessionRefusal(client, `moving group "${group}"`, error)) ?? error
  } finally {
    // The positions are committed, or the error says that they are not.
    await consumer.disconnect().catch(() => {})
  }
}

import { kafka } from '../../../adapters/kafka/index.ts'
import { whyUnavailable } from '../../../dev/index.ts'
import type { Harness } from '../harness.ts'
import { sharedServer } from './shared-servers.ts'

const partitions = 3
/** Joining and leaving are half of the suite: members hear of each other soon, and no fetch holds a close. */
const soon = { heartbeatMs: 50, maxWaitMs: 20, sessionTimeoutMs: 3_000, rebalanceTimeoutMs: 5_000 }

/** Apache Kafka, started with the first connection. */
export function kafkaHarness(name: string, version?: string): Harness {
  let topics = 0
  const run = Math.random().toString(36).slice(2, 8)

  const started = () => sharedServer('kafka', version)

  async function options() {
    const { address } = await started()
    return { brokers: address, partitions, ...soon }
  }

  return {
    name,
    lanes: partitions,
    deadlineMs: 30_000,
    load: { events: 1_000, readers: 6, topics: 5 },
    async unavailable() {
      const reason = await whyUnavailable('kafka', { version })
      // Now, and not within the time of the first case.
      if (reason === undefined) await started()
      return reason
    },
    async open(wrap) {
      return kafka(await options(), undefined, { wrap })
    },
    async topic() {
      const topic = `${name}-${run}-${++topics}`
      await using broker = await kafka(await options())
      await broker.ensure({ topics: [topic] })
      return topic
    },
    missingTopic: () => `${name}-${run}-missing`,
    withoutClient: {
      client: 'kafkajs',
      open: async () =>
        kafka(await options(), undefined, {
          load: () => Promise.reject(new Error("Cannot find package 'kafkajs'")),
        }),
    },
    async restart() {
      const running = await started()
      await running.kill()
      await running.restart()
    },
  }
}

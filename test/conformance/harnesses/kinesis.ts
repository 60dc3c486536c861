import { kinesis } from '../../../adapters/kinesis/index.ts'
import { whyUnavailable } from '../../../dev/index.ts'
import type { Harness } from '../harness.ts'
import { kinesisAt, soon } from './local-kinesis.ts'
import { sharedServer } from './shared-servers.ts'

const shards = 4

/** Kinesis and DynamoDB as kinesalite and dynalite have them, started with the first connection. */
export function kinesisHarness(name: string): Harness {
  let topics = 0
  const run = crypto.randomUUID().slice(0, 8)
  const options = async () => ({ ...(await kinesisAt('kinesalite')), ...soon, shards })
  return {
    name,
    lanes: shards,
    deadlineMs: 30_000,
    load: { events: 1_000, readers: 6, topics: 5 },
    async unavailable() {
      const reason = (await whyUnavailable('kinesalite')) ?? (await whyUnavailable('dynamodb'))
      // Now, and not within the time of the first case.
      if (reason === undefined) await kinesisAt('kinesalite')
      return reason
    },
    async open(wrap) {
      return kinesis(await options(), undefined, { wrap })
    },
    async topic() {
      const topic = `${name}-${run}-${++topics}`
      await using broker = await kinesis(await options())
      await broker.ensure({ topics: [topic] })
      return topic
    },
    missingTopic: () => `${name}-${run}-missing`,
    withoutClient: {
      client: '@aws-sdk/client-kinesis',
      open: async () =>
        kinesis(await options(), undefined, {
          packages: {
            kinesis: () => Promise.reject(new Error("Cannot find package '@aws-sdk/client-kinesis'")),
          },
        }),
    },
    async restart() {
      const running = await sharedServer('kinesalite')
      await running.kill()
      await running.restart()
    },
  }
}

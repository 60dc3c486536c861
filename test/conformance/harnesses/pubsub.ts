import { type PubsubOptions, pubsub } from '../../../adapters/pubsub/index.ts'
import { whyUnavailable } from '../../../dev/index.ts'
import type { Harness } from '../harness.ts'
import { withSeek } from './emulated-seek.ts'
import { sharedServer } from './shared-servers.ts'

/** Google's emulator, started with the first connection. It forgets everything when it ends, so it is not restarted. */
export function pubsubHarness(name: string, own: PubsubOptions = {}): Harness {
  let topics = 0
  const run = crypto.randomUUID().slice(0, 8)

  const started = () => sharedServer('pubsub')

  async function options(): Promise<PubsubOptions> {
    return { project: 'local', endpoint: (await started()).address, ackDeadlineMs: 10_000, ...own }
  }

  return {
    name,
    beyond:
      own.ordered === false
        ? {}
        : {
            'each of sixteen keys keeps its order when a member of the group leaves and another goes on':
              'the emulator gives what a member hands back to another behind newer messages of the key; the service gives all of them again, in order',
          },
    deadlineMs: 30_000,
    load: { events: 1_000, readers: 6, topics: 5 },
    async unavailable() {
      const reason = await whyUnavailable('pubsub')
      // Now, and not within the time of the first case.
      if (reason === undefined) await started()
      return reason
    },
    async open(wrap) {
      return pubsub(await options(), undefined, { wrap, wrapApi: withSeek })
    },
    async topic() {
      const topic = `${name}-${run}-${++topics}`
      await using broker = await pubsub(await options(), undefined, { wrapApi: withSeek })
      await broker.ensure({ topics: [topic] })
      return topic
    },
    // Reading creates it as well, but a subscription that is created while its topic is published to loses messages in the emulator.
    async group(source) {
      await using broker = await pubsub(await options(), undefined, { wrapApi: withSeek })
      await broker.ensure({ topics: [], groups: [source] })
    },
    missingTopic: () => `${name}-${run}-missing`,
    withoutClient: {
      client: '@google-cloud/pubsub',
      async open() {
        const error = Object.assign(new Error("Cannot find package '@google-cloud/pubsub'"), {
          code: 'ERR_MODULE_NOT_FOUND',
        })
        return pubsub(await options(), undefined, { load: () => Promise.reject(error) })
      },
    },
  }
}

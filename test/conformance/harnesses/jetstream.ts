import { createBroker } from '../../../adapters/core/create-broker.ts'
import { jetstreamBinding, jetstreamDriver, openConnection } from '../../../adapters/nats/index.ts'
import { whyUnavailable } from '../../../dev/index.ts'
import type { Harness } from '../harness.ts'
import { notInstalled, openNats, restartNats } from './local-nats.ts'

/** JetStream on a real server, with streams that must be created. */
export function jetstreamHarness(name: string, options: { readonly ordered?: boolean } = {}): Harness {
  const settings = { ackWaitMs: 3_000, ...options }
  const binding = jetstreamBinding()
  const run = crypto.randomUUID().slice(0, 8)
  let topics = 0
  return {
    name,
    unavailable: () => whyUnavailable('nats'),
    quietMs: 60,
    sharesGroups: options.ordered === false,
    async open(wrap) {
      const driver = jetstreamDriver(await openNats('jetstream'), settings)
      return createBroker({ name: 'jetstream', driver: wrap(driver), binding })
    },
    async topic() {
      const topic = `${name}.${run}.${++topics}`
      const driver = jetstreamDriver(await openNats('jetstream'), settings)
      await driver.ensure?.({ topics: [topic] })
      await driver.close()
      return topic
    },
    missingTopic: () => `${name}.${run}.missing`,
    restart: restartNats,
    withoutClient: {
      client: 'nats',
      async open() {
        const connection = await openConnection(
          { servers: '127.0.0.1' },
          'jetstream',
          undefined,
          notInstalled,
        )
        return createBroker({ name: 'jetstream', driver: jetstreamDriver(connection, settings), binding })
      },
    },
  }
}

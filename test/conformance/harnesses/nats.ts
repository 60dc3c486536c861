import { createBroker } from '../../../adapters/core/create-broker.ts'
import { binding, natsDriver, openConnection } from '../../../adapters/nats/index.ts'
import { whyUnavailable } from '../../../dev/index.ts'
import type { Harness } from '../harness.ts'
import { notInstalled, openNats } from './local-nats.ts'

/** Core NATS on a real server. */
export function natsHarness(): Harness {
  const run = crypto.randomUUID().slice(0, 8)
  let topics = 0
  return {
    name: 'nats',
    unavailable: () => whyUnavailable('nats'),
    quietMs: 60,
    async open(wrap) {
      return createBroker({ name: 'nats', driver: wrap(natsDriver(await openNats('nats'))), binding })
    },
    topic: async () => `nats-${run}-${++topics}`,
    withoutClient: {
      client: 'nats',
      async open() {
        const connection = await openConnection({ servers: '127.0.0.1' }, 'nats', undefined, notInstalled)
        return createBroker({ name: 'nats', driver: natsDriver(connection), binding })
      },
    },
  }
}

import type { Driver, Source } from '../../adapters/core/driver.ts'
import { memoryDriver } from '../../adapters/memory/index.ts'
import { delegate } from '../conformance/interpose.ts'

export interface Pull {
  readonly driver: Driver
  /** Creates a group at the end of its topic. */
  group(source: Source): Promise<void>
}

/** Like Pub/Sub: no order, no counts; a group must be created before it is read, and can be moved to a time alone. */
export function pull(): Pull {
  const memory = memoryDriver()
  const { ensure: _, ...driver } = delegate(memory, {
    capabilities: {
      ...memory.capabilities,
      ordering: 'none',
      attempts: false,
      delay: false,
      replay: ['time'],
    },
    receive(source, deliver, signal, options) {
      const plain: typeof deliver = (batch) =>
        deliver(batch.map(({ lane: _, ...delivery }) => ({ ...delivery, attempt: 1 })))
      return memory.receive(source, plain, signal, options)
    },
  })
  return {
    driver,
    group: async (source) => memory.ensure?.({ topics: [], groups: [{ ...source, start: 'latest' }] }),
  }
}

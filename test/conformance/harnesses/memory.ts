import { createBroker } from '../../../adapters/core/create-broker.ts'
import type { Driver } from '../../../adapters/core/driver.ts'
import { binding, type MemoryOptions, memoryDriver } from '../../../adapters/memory/index.ts'
import type { Harness, Wrap } from '../harness.ts'
import { delegate } from '../interpose.ts'

/** The memory broker, with topics that must be created. */
export function memoryHarness(name: string, options: MemoryOptions = {}): Harness {
  return harnessOf(name, memoryDriver({ createTopics: false, retainCount: 100_000, ...options }))
}

/** A harness over any driver that lives in this process; `connect` makes each connection to it. */
export function harnessOf(name: string, server: Driver, connect: Wrap = connection): Harness {
  let topics = 0
  return {
    name,
    deadlineMs: 4_000,
    quietMs: 40,
    load: { events: 5_000, readers: 50, topics: 20 },
    async open(wrap) {
      return createBroker({ name: 'memory', driver: wrap(connect(server)), binding })
    },
    async topic() {
      const topic = `${name}-${++topics}`
      await server.ensure?.({ topics: [topic] })
      return topic
    },
    missingTopic: () => `${name}-missing`,
  }
}

/** One of several users of a driver: closing it leaves the driver to the others. */
export function connection(server: Driver): Driver {
  return delegate(server, { async close() {} })
}

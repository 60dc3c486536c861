import { createBroker } from '../../adapters/core/create-broker.ts'
import type { Driver } from '../../adapters/core/driver.ts'
import { WaybillError } from '../../adapters/core/errors.ts'
import { memoryDriver } from '../../adapters/memory/index.ts'
import type { Harness } from '../conformance/harness.ts'
import { connection, harnessOf } from '../conformance/harnesses/memory.ts'
import { atMostOnceDriver } from './at-most-once.ts'
import { bareBinding, headerlessDriver } from './headerless.ts'
import { pull } from './pull.ts'
import { type Restartable, restartable } from './restartable.ts'
import { slow } from './slow.ts'

const load = { events: 500, readers: 5, topics: 5 }

/** Topics come into being when they are used, so none is missing. */
function modest(name: string, driver: Driver): Harness {
  const { missingTopic: _, ...harness } = harnessOf(name, driver)
  return { ...harness, quietMs: 20, load }
}

export function restartableHarness({ driver, restart }: Restartable): Harness {
  return { ...modest('restartable', driver), restart }
}

/** The harness of a broker that fails with `error` where its client package is not installed. */
export function clientlessHarness(error: unknown): Harness {
  const harness = modest('clientless', headerlessDriver())
  return { ...harness, withoutClient: { client: 'some-client', open: () => Promise.reject(error) } }
}

const missingClient = new WaybillError('ERR_MISSING_CLIENT', 'run: npm install some-client', {
  adapter: 'modest',
})

function pullHarness(): Harness {
  const { driver, group } = pull()
  return { ...modest('pull', driver), group }
}

function headerlessHarness(): Harness {
  const server = headerlessDriver()
  const open: Harness['open'] = async (wrap) =>
    createBroker({ name: 'bare', driver: wrap(connection(server)), binding: bareBinding })
  return { ...clientlessHarness(missingClient), name: 'headerless', open }
}

/** Brokers that promise less than memory does, or more, and keep to it. */
export const modestHarnesses: readonly Harness[] = [
  modest('at-most-once', slow(atMostOnceDriver())),
  modest('slow', slow(memoryDriver({ redelivery: 'runner', retainCount: 100_000 }))),
  headerlessHarness(),
  pullHarness(),
  restartableHarness(restartable()),
]

import { afterAll } from '@jest/globals'
import type { Logger } from '../../adapters/core/observe.ts'
import { type KafkaBroker, type KafkaOptions, type KafkaParts, kafka } from '../../adapters/kafka/index.ts'
import type { LocalServer } from '../../dev/index.ts'
import { sharedServer, stopSharedServers } from '../conformance/harnesses/shared-servers.ts'

/** Members hear of each other soon, and no fetch holds a close. */
const soon = { heartbeatMs: 50, maxWaitMs: 20, sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 6_000 } as const

afterAll(stopSharedServers)

let topics = 0

/** One server for a test file, started when it is first needed. */
export function theServer(): Promise<LocalServer> {
  return sharedServer('kafka')
}

export async function openKafka(
  options: KafkaOptions = {},
  logger?: Logger,
  parts?: KafkaParts,
): Promise<KafkaBroker> {
  const { address } = await theServer()
  return kafka({ brokers: address, ...soon, ...options }, logger, parts)
}

/** A new topic. */
export async function newTopic(partitions = 3): Promise<string> {
  const topic = `topic-${++topics}`
  await using broker = await openKafka({ partitions })
  await broker.ensure({ topics: [topic] })
  return topic
}

import { resolvePolicy } from '../../../adapters/core/policy.ts'
import type { WorkerFunction } from '../worker.ts'

/** Creates what functions read and write where it is missing, their groups and dead letters too. For development. */
export async function ensureTopics(functions: readonly WorkerFunction[]): Promise<void> {
  for (const { broker, source, sink, policy = {} } of functions) {
    const { deadLetter } = resolvePolicy(policy, source.group)
    const topics = deadLetter === false ? [source.topic] : [source.topic, deadLetter]
    await broker.ensure({ topics, groups: [{ ...source, policy }] })
    // Who only emits, as HTTP does, has no topics to create.
    if (sink && sink.broker?.capabilities.emitOnly !== true)
      await (sink.broker ?? broker).ensure({ topics: [sink.topic] })
  }
}

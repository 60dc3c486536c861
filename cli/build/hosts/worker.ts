import type { Target } from '../target.ts'

/** A process that reads its broker itself, in a container or on a machine. */
export const workerTarget: Target = {
  code: `
import { runWorker } from 'waybill/worker-host'
import { ensures, statusMs } from 'waybill/entry'

const { broker: from, ...place } = source
const broker = await brokers[from]()
const target = sink && { topic: sink.topic, broker: await brokers[sink.broker]() }
if (ensures()) {
  const { topic, group, start } = place
  const { deadLetter = 'dlq.' + group } = fn.policy ?? {}
  await broker.ensure({ topics: [topic, ...(deadLetter === false ? [] : [deadLetter])], groups: [{ topic, group, start, policy: fn.policy }] })
  if (target && target.broker.capabilities.emitOnly !== true) await target.broker.ensure({ topics: [target.topic] })
}
await runWorker({ functions: [{ ...fn, broker, source: place, sink: target }], logger, statusMs: statusMs() })
`,
}

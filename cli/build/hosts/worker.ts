import type { Target } from '../target.ts'

/** A process that reads its broker itself, in a container or on a machine. */
export const workerTarget: Target = {
  code: `
import { ensureTopics, runWorker } from 'waybill/worker-host'
import { ensures, statusMs } from 'waybill/entry'

const { broker: from, ...place } = source
const broker = await brokers[from]()
const target = sink && { topic: sink.topic, broker: await brokers[sink.broker]() }
const functions = [{ ...fn, broker, source: place, sink: target }]
if (ensures()) await ensureTopics(functions)
await runWorker({ functions, logger, statusMs: statusMs() })
`,
}

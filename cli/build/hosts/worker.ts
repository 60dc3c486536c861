import type { Target } from '../target.ts'

/** A process that reads its broker itself, in a container or on a machine. */
export const workerTarget: Target = {
  code: `
import { runWorker } from 'waybill/worker-host'

const { broker: from, ...place } = source
const broker = await brokers[from]()
const target = sink && { topic: sink.topic, broker: await brokers[sink.broker]() }
await runWorker({ functions: [{ ...fn, broker, source: place, sink: target }], logger })
`,
}

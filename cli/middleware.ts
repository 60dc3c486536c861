import type { Broker, Middleware } from '../adapters/index.ts'
import type { FunctionConfig } from './config/index.ts'
import { handledOnce, notesInBucket, notesInMemory, notesInTable } from './entry/index.ts'

/** What runs around the handler of a function: its idempotency, where the configuration says so. */
export function middlewareOf(
  { name, idempotency }: FunctionConfig,
  brokerOf: (name: string) => Promise<Broker>,
): readonly Middleware[] {
  if (idempotency === undefined) return []
  return handledOnce(name, idempotency, (written) => {
    const { store } = written
    const broker = typeof store === 'object' && 'bucket' in store ? (store.broker ?? '') : ''
    const inBucket = notesInBucket(() => brokerOf(broker))
    return notesInMemory(written) ?? notesInTable(written) ?? inBucket(written)
  })
}

import { type CloudEvent, resolvePolicy } from '../../adapters/index.ts'
import type { WorkerFunction } from '../../functions/hosts/worker.ts'

const waitMs = 2_000

/** Reads a function's dead-letter topic from its start, as far as the first letter of this file. */
export async function firstDeadLetter(
  { broker, source, policy = {} }: WorkerFunction,
  subject: string,
): Promise<CloudEvent | undefined> {
  const { deadLetter } = resolvePolicy(policy, source.group)
  if (deadLetter === false) return undefined
  const group = `summary-${crypto.randomUUID()}`
  return new Promise((resolve) => {
    const subscription = broker.subscribe(
      { topic: deadLetter, group },
      (event) => {
        if (event.subject === subject) end(event)
      },
      { policy: { deadLetter: false } },
    )
    const end = (letter?: CloudEvent) => {
      clearTimeout(timer)
      void subscription.close().then(() => resolve(letter))
    }
    const timer = setTimeout(end, waitMs)
  })
}

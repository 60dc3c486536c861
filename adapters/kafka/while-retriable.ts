import { faultOf, isMissing } from './problem.ts'

const firstWaitMs = 100
const longestWaitMs = 1_000
/** What kafkajs makes of the number that a cluster without a controller tells for it. */
const noController = /^Broker -1 not found/

/**
 * Does the work again while the cluster answers that it is not ready for it: a controller or the coordinator of a group that
 * is being chosen or still loads, a new topic that not every broker has heard of. kafkajs gives such answers to the caller of its admin.
 * Rejects with the last of them after `limitMs`, after `missingMs` where it is that a topic does not exist, and with any
 * other error at once.
 */
export async function whileRetriable<T>(
  work: () => Promise<T>,
  limitMs: number,
  missingMs = limitMs,
): Promise<T> {
  const began = Date.now()
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    try {
      return await work()
    } catch (error) {
      const fault = faultOf(error)
      const isReady = !(fault.retriable && !fault.isConnection) && !noController.test(fault.message)
      const until = began + (isMissing(fault) ? missingMs : limitMs)
      if (isReady || Date.now() + waitMs > until) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}

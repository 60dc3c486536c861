import type { Logger } from '../../../adapters/core/observe.ts'
import type { FunctionStatus } from '../worker.ts'

/**
 * What logs how functions are doing, for platforms that make metrics of logs: what was done since the line before, and how far
 * behind the latest delivery was.
 */
export function statusLines(logger: Logger): (status: readonly FunctionStatus[]) => void {
  const before = new Map<string, FunctionStatus>()
  return (status) => {
    for (const each of status) {
      const { name, state, inFlight, received, handled, retried, deadLettered, dropped, lagMs = 0 } = each
      const last = before.get(name)
      before.set(name, each)
      const since = (now: number, then = 0) => now - then
      const isQuiet = received === last?.received && inFlight === 0
      logger.info(
        {
          function: name,
          state,
          inFlight,
          received: since(received, last?.received),
          handled: since(handled, last?.handled),
          retried: since(retried, last?.retried),
          deadLettered: since(deadLettered, last?.deadLettered),
          dropped: since(dropped, last?.dropped),
          lagMs: isQuiet ? 0 : Math.round(lagMs),
        },
        'status',
      )
    }
  }
}

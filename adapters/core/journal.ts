import { messageOf } from './errors.ts'
import type { Logger, Observation, Observe } from './observe.ts'

/** Where the runner says what happens. Neither an observer nor a logger that throws decides what becomes of a delivery. */
export interface Journal {
  readonly report: (observation: Observation) => void
  readonly log: (level: 'warn' | 'error', fields: object, message: string) => void
}

export function journal(observe: Observe | undefined, logger: Logger | undefined): Journal {
  function log(level: 'warn' | 'error', fields: object, message: string): void {
    try {
      logger?.[level](fields, message)
    } catch {
      // A logger that fails has nowhere to say so.
    }
  }

  function report(observation: Observation): void {
    try {
      observe?.(observation)
    } catch (error) {
      log('error', { reason: messageOf(error) }, 'the observer threw')
    }
  }

  return { report, log }
}

import type { Observation } from '../../../adapters/core/observe.ts'
import type { FunctionStatus } from '../worker.ts'

/** What tells of no progress. Taking one does, so that a function is not late with the first after a quiet time. */
const standsStill: readonly Observation['kind'][] = ['held', 'dead-letter-failed', 'warned']

/** Notices functions that hold deliveries and settle none. */
export interface Progress {
  /** To be given to the worker as its `observe`. */
  readonly observe: (name: string, observation: Observation) => void
  /** Functions that have deliveries in flight, and for that long neither took one nor did anything with any. */
  stalled(status: readonly FunctionStatus[], forMs: number): readonly string[]
}

export function progress(now: () => number = Date.now): Progress {
  const begun = now()
  const last = new Map<string, number>()
  return {
    observe: (name, { kind }) => {
      if (!standsStill.includes(kind)) last.set(name, now())
    },
    stalled: (status, forMs) =>
      status
        .filter(({ name, inFlight }) => inFlight > 0 && now() - (last.get(name) ?? begun) > forMs)
        .map(({ name }) => name),
  }
}

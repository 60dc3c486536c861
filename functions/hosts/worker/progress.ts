import type { Observation } from '../../../adapters/core/observe.ts'
import type { FunctionStatus } from '../worker.ts'

const settles: readonly Observation['kind'][] = ['handled', 'retried', 'dead-lettered', 'dropped', 'released']

/** Notices functions that hold deliveries and settle none. */
export interface Progress {
  /** To be given to the worker as its `observe`. */
  readonly observe: (name: string, observation: Observation) => void
  /** Functions that have deliveries in flight and did nothing with any for that long. */
  stalled(status: readonly FunctionStatus[], forMs: number): readonly string[]
}

export function progress(now: () => number = Date.now): Progress {
  const begun = now()
  const last = new Map<string, number>()
  return {
    observe: (name, { kind }) => {
      if (settles.includes(kind) || !last.has(name)) last.set(name, now())
    },
    stalled: (status, forMs) =>
      status
        .filter(({ name, inFlight }) => inFlight > 0 && now() - (last.get(name) ?? begun) > forMs)
        .map(({ name }) => name),
  }
}

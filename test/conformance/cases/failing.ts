import type { Handler } from '../../../adapters/core/handler.ts'

/** Fails the first calls for each event: as many as `times` says for its number. */
export function failsFirst(times: (n: number) => number): Handler {
  const failures = new Map<string, number>()
  return (event) => {
    const failed = failures.get(event.id) ?? 0
    if (failed >= times(Number(event.id))) return
    failures.set(event.id, failed + 1)
    throw new Error(`failure ${failed + 1} of event ${event.id}`)
  }
}

/** Pseudo-random numbers from 0 to 1 that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

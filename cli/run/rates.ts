import type { FunctionStatus } from '../../functions/hosts/worker.ts'
import type { Progress } from './view.ts'

interface Sample {
  readonly at: number
  readonly settled: ReadonlyMap<string, number>
}

/** Adds each function's speed over the last `windowMs` to its status. `now` is milliseconds of a steady clock. */
export function rates(windowMs: number) {
  const samples: Sample[] = []
  return (functions: readonly FunctionStatus[], now: number): Progress[] => {
    const settled = new Map(
      functions.map(({ name, handled, deadLettered, dropped }) => [name, handled + deadLettered + dropped]),
    )
    samples.push({ at: now, settled })
    while (samples.length > 2 && now - (samples[1]?.at ?? now) >= windowMs) samples.shift()
    const [oldest] = samples
    const elapsedMs = oldest === undefined ? 0 : now - oldest.at
    return functions.map((status) => {
      const done = (settled.get(status.name) ?? 0) - (oldest?.settled.get(status.name) ?? 0)
      return { ...status, perSecond: elapsedMs > 0 ? (done * 1_000) / elapsedMs : 0 }
    })
  }
}

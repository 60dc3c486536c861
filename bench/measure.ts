/** One line of results: ours against a reference measured in the same run. */
export interface Result {
  readonly bench: string
  readonly case: string
  readonly ours: number
  readonly reference: number
  /** ours / reference: the median over the rounds, which what else the machine does moves less than the two rates. */
  readonly ratio: number
  readonly unit: string
  /** Seconds of this process's CPU per million events, where a server does the rest. */
  readonly oursCpu?: number | undefined
  readonly referenceCpu?: number | undefined
}

/** Runs `iterations` of something and resolves when they are done. */
export type Round = (iterations: number) => unknown

/** Operations per second, one figure a round; figures of one round belong together. */
export type Rates = readonly number[]

/** What each candidate does in interleaved rounds, every second one in reverse order. */
export async function rates(
  candidates: Readonly<Record<string, Round>>,
  { rounds = 9, roundMs = 250 } = {},
): Promise<Record<string, Rates>> {
  const names = Object.keys(candidates)
  const counts: Record<string, number> = {}
  const samples: Record<string, number[]> = {}
  for (const name of names) {
    counts[name] = await calibrated(candidates[name], roundMs)
    samples[name] = []
  }
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const count = counts[name] ?? 1
      const ms = await timed(candidates[name], count)
      samples[name]?.push((count / ms) * 1000)
    }
  }
  return samples
}

/** The number of iterations that takes about `roundMs`, after a warm-up. */
async function calibrated(round: Round | undefined, roundMs: number): Promise<number> {
  let count = 100
  for (let warm = 0; ; warm++) {
    const ms = await timed(round, count)
    if (ms > roundMs / 4 && warm > 3) return Math.max(1, Math.round((count * roundMs) / ms))
    if (ms < roundMs / 2) count *= 2
  }
}

export async function timed(round: Round | undefined, count: number): Promise<number> {
  const start = performance.now()
  await round?.(count)
  return performance.now() - start
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

/** A line of two candidates of the same rounds: their medians, and the median of their ratios. */
export function result(
  bench: string,
  name: string,
  ours: Rates = [],
  reference: Rates = [],
  unit = 'events/s',
): Result {
  const rounded = (value: number) => (value >= 100 ? Math.round(value) : Number(value.toPrecision(3)))
  return {
    bench,
    case: name,
    ours: rounded(median(ours)),
    reference: rounded(median(reference)),
    ratio: Number(median(ours.map((rate, round) => rate / (reference[round] ?? Number.NaN))).toFixed(3)),
    unit,
  }
}

/** A heap without garbage, in bytes; needs `--expose-gc`. */
export function liveHeap(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
}

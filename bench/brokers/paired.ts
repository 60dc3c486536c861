import { median, type Result, result } from '../measure.ts'

/** What one round of one side did. */
export interface Sample {
  /** Events per second. */
  readonly rate: number
  /** Seconds of this process's CPU, user and system, per million events. */
  readonly cpu: number
}

/** One round: sends or handles a fixed number of events and tells what that took. */
export type Side = () => Promise<Sample>

/** Starts the clocks; call what it returns when `count` events are done. */
export function meter(): (count: number) => Sample {
  const cpu = process.cpuUsage()
  const start = performance.now()
  return (count) => {
    const seconds = (performance.now() - start) / 1_000
    const { user, system } = process.cpuUsage(cpu)
    return { rate: count / seconds, cpu: (user + system) / count }
  }
}

/** Measures work on `count` events from its call to its end. */
export async function metered(count: number, work: () => unknown): Promise<Sample> {
  const stop = meter()
  await work()
  return stop(count)
}

/** Samples of each side in interleaved rounds, every second one in reverse order, after one round that does not count. */
export async function paired<Name extends string>(
  sides: Readonly<Record<Name, Side>>,
  rounds = 7,
): Promise<Record<Name, readonly Sample[]>> {
  const entries: [Name, Side][] = []
  for (const name in sides) entries.push([name, sides[name]])
  const samples: Record<string, Sample[]> = Object.fromEntries(entries.map(([name]) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    for (const [name, side] of round % 2 === 0 ? entries : [...entries].reverse()) {
      // What the one before left behind is not this one's to clear.
      globalThis.gc?.()
      const sample = await side()
      if (round >= 0) samples[name]?.push(sample)
    }
  }
  return samples
}

/** A line of two sides of the same rounds. */
export function pairResult(
  bench: string,
  name: string,
  ours: readonly Sample[] = [],
  reference: readonly Sample[] = [],
): Result {
  const cpu = (samples: readonly Sample[]) => Number(median(samples.map((each) => each.cpu)).toPrecision(3))
  const rates = (samples: readonly Sample[]) => samples.map(({ rate }) => rate)
  const line = result(bench, name, rates(ours), rates(reference))
  return { ...line, oursCpu: cpu(ours), referenceCpu: cpu(reference) }
}

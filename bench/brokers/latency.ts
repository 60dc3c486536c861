import { median, type Result } from '../measure.ts'

/** A way from a sender through the broker to a handler in this process. */
export interface Path {
  /** Sends the events of these indexes, `to` not included. What it returns is awaited at the end. */
  send(from: number, to: number): unknown
  close(): unknown
}

/** Opens a path; `arrived` is to be called with the index of each event that its handler sees. */
export type OpenPath = (arrived: (index: number) => void) => Promise<Path>

export interface Load {
  readonly perSecond: number
  /** Length of a round, of what counts. Default 3. */
  readonly seconds?: number
  readonly rounds?: number
}

/** Milliseconds between two bursts of a load. */
const burstMs = 2
/**
 * Length of what does not count at the beginning of a round, in seconds. The garbage collection before it also discards code
 * that was compiled for objects of which there are none at that moment: each side is slow until it is compiled anew, for
 * up to 0.1 s, and 1 % of a round of 3 s is 0.03 s.
 */
const leadSeconds = 0.5
/** Time that the last events of a round have to arrive, in milliseconds. */
const patienceMs = 20_000

/**
 * Milliseconds from when an event was due to when its handler saw it, p50 and p99, ours against the reference, at one load
 * and in interleaved rounds: lower is better, and so is a ratio below 1. An event is due in its burst whether the sender gets
 * to it or not, so that a client which holds up the sender does not hide it. The loop polls between bursts: a timer would
 * add its own delay.
 */
export async function* latencyResults(
  bench: string,
  name: string,
  open: { readonly ours: OpenPath; readonly reference: OpenPath },
  { perSecond, seconds = 3, rounds = 5 }: Load,
): AsyncGenerator<Result> {
  const ours = await loadedPath(open.ours)
  const reference = await loadedPath(open.reference)
  const seen: { readonly ours: Float64Array; readonly reference: Float64Array }[] = []
  for (let round = -1; round < rounds; round++) {
    const isWarmUp = round < 0
    const load = { perSecond, seconds: isWarmUp ? seconds / 2 : seconds }
    const isReversed = round % 2 !== 0
    const first = isReversed ? await reference.run(load) : await ours.run(load)
    const second = isReversed ? await ours.run(load) : await reference.run(load)
    if (!isWarmUp)
      seen.push(isReversed ? { ours: second, reference: first } : { ours: first, reference: second })
  }
  await Promise.all([ours.close(), reference.close()])
  const rounded = (value: number) => Number(value.toPrecision(3))
  for (const percent of [50, 99]) {
    const pairs = seen.map((round) => ({
      ours: percentile(round.ours, percent),
      reference: percentile(round.reference, percent),
    }))
    yield {
      bench,
      case: `${name}, p${percent} at ${Math.round(perSecond)} events/s`,
      ours: rounded(median(pairs.map((pair) => pair.ours))),
      reference: rounded(median(pairs.map((pair) => pair.reference))),
      ratio: Number(median(pairs.map((pair) => pair.ours / pair.reference)).toFixed(3)),
      unit: 'ms',
    }
  }
}

/** A path, and rounds of load on it. */
async function loadedPath(open: OpenPath) {
  /** When the events of the round were due; their indexes begin at `base`. */
  let due = new Float64Array()
  let waits = new Float64Array()
  let base = 0
  let missing = 0
  let finish = () => {}
  const path = await open((index) => {
    const at = index - base
    // A redelivery, or one of an earlier round.
    if (!(at >= 0 && at < waits.length) || waits[at] !== -1) return
    waits[at] = performance.now() - (due[at] ?? Number.NaN)
    if (--missing === 0) finish()
  })

  async function run({ perSecond, seconds = 3 }: Load): Promise<Float64Array> {
    const lead = Math.round(perSecond * leadSeconds)
    const count = lead + Math.round(perSecond * seconds)
    base += waits.length
    due = new Float64Array(count)
    waits = new Float64Array(count).fill(-1)
    missing = count
    globalThis.gc?.()
    const arrived = new Promise<void>((resolve) => {
      finish = resolve
    })
    const sends: Promise<void>[] = []
    const begin = performance.now() + burstMs
    for (let sent = 0, burst = 0; sent < count; burst++) {
      const at = begin + burst * burstMs
      while (performance.now() < at) await new Promise<void>((resolve) => setImmediate(resolve))
      const to = Math.min(count, Math.round(((burst + 1) * burstMs * perSecond) / 1_000))
      due.fill(at, sent, to)
      if (to > sent) sends.push(sending(path, base + sent, base + to))
      sent = to
    }
    await Promise.all(sends)
    const limit = setTimeout(() => finish(), patienceMs)
    await arrived
    clearTimeout(limit)
    if (missing > 0)
      throw new Error(`[bench] ${missing} of ${count} events did not arrive: the load is too high`)
    return waits.subarray(lead)
  }

  return { run, close: () => path.close() }
}

/** What a send results in is not kept: that would be work for the garbage collector, more on the side that tells more. */
async function sending(path: Path, from: number, to: number): Promise<void> {
  await path.send(from, to)
}

function percentile(values: Float64Array, percent: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
}

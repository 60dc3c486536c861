/** Milliseconds of this process's CPU for the fastest of several calls: what the machine's other work disturbs least. */
export function fastest(call: () => unknown, rounds = 7): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage()
    call()
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, (user + system) / 1_000)
  }
  return best
}

/**
 * What `growth` of linear work stays below. Sixteen times the length takes what is quadratic 256 times as long; linear work
 * takes more than 16 where the longer input no longer fits a cache, or is too deep for the engine's serializer.
 */
export const quadratic = 128

/**
 * How many times longer an input of `size` takes than one of a sixteenth of it. Of several measurements the least counts:
 * what grows too fast shows it in every one, what another process delays shows it in one.
 */
export function growth<T>(call: (input: T) => unknown, make: (size: number) => T, size: number): number {
  // Inputs are made before the time is taken.
  const [short, long] = [make(size / 16), make(size)]
  let least = Number.POSITIVE_INFINITY
  for (let trial = 0; trial < 4 && least >= quadratic; trial++) {
    const before = Math.max(
      fastest(() => call(short), 3),
      0.05,
    )
    least = Math.min(least, fastest(() => call(long), 2) / before)
  }
  return least
}

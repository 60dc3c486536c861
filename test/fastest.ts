/** Milliseconds of the fastest of several calls, which is what the machine's other work disturbs least. */
export function fastest(call: () => unknown, rounds = 7): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    call()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

/**
 * How many times longer the larger input takes. Of several measurements the least counts: what grows too fast shows it in
 * every one, what another process delays shows it in one.
 */
export function growth(call: (text: string) => unknown, small: string, large: string): number {
  let least = Number.POSITIVE_INFINITY
  for (let trial = 0; trial < 4 && least > 16; trial++) {
    const before = Math.max(
      fastest(() => call(small)),
      0.05,
    )
    least = Math.min(least, fastest(() => call(large)) / before)
  }
  return least
}

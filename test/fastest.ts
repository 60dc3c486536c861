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

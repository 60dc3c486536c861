/** How many shards each worker reads. */
export type Shares = ReadonlyMap<string, number>

/**
 * Shares out shards evenly: workers differ by one at most. Those that hold the most keep what does not divide, so that as few
 * shards as possible move. Every worker that sees the same rows comes to the same result.
 */
export function sharesOf(workers: readonly string[], held: Shares, shards: number): Shares {
  const count = (worker: string) => held.get(worker) ?? 0
  const order = [...workers].sort((a, b) => count(b) - count(a) || (a < b ? -1 : 1))
  const least = Math.floor(shards / Math.max(1, order.length))
  const more = shards - least * order.length
  return new Map(order.map((worker, index) => [worker, least + (index < more ? 1 : 0)]))
}

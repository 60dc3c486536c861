const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `run` once when the signal aborts, never where it already has; returns what takes that back. However many wait, the signal has one listener:
 * adding one for each event in flight is slow, and Node.js takes more than ten for a leak.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  let runs = waiting.get(signal)
  if (runs === undefined) {
    const added = new Set<() => void>()
    signal.addEventListener('abort', () => {
      for (const each of [...added]) each()
      added.clear()
    })
    waiting.set(signal, added)
    runs = added
  }
  const registered = runs
  registered.add(run)
  return () => registered.delete(run)
}

import { claimAgainst, type IdempotencyStore, type Note } from './store.ts'

/** Claims between two looks for notes that have expired. */
const sweepEvery = 1_000

/** Notes in this process, for tests and for functions that run once. */
export function memoryStore(now: () => number = Date.now): IdempotencyStore {
  const notes = new Map<string, Note>()
  let claims = 0

  function sweep(): void {
    if (++claims % sweepEvery !== 0) return
    for (const [key, { untilMs }] of notes) if (untilMs <= now()) notes.delete(key)
  }

  function change(key: string, owner: string, to: Note | undefined): boolean {
    const note = notes.get(key)
    if (note?.state !== 'claimed' || note.owner !== owner) return false
    if (to === undefined) notes.delete(key)
    else notes.set(key, to)
    return true
  }

  return {
    async claim(key, owner, leaseMs) {
      sweep()
      const claim = claimAgainst(notes.get(key), now(), owner)
      if (claim !== undefined) return claim
      notes.set(key, { state: 'claimed', owner, untilMs: now() + leaseMs })
      return { state: 'claimed' }
    },
    renew: async (key, owner, leaseMs) =>
      change(key, owner, { state: 'claimed', owner, untilMs: now() + leaseMs }),
    complete: async (key, owner, keepMs) =>
      change(key, owner, { state: 'done', owner, untilMs: now() + keepMs }),
    release: async (key, owner) => change(key, owner, undefined),
  }
}

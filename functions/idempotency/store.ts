import { randomUUID } from 'node:crypto'

/** What came of a claim. */
export type Claim =
  /** The caller may handle the event, until its lease ends. */
  | { readonly state: 'claimed' }
  /** The event was handled before. */
  | { readonly state: 'done' }
  /** Somebody else handles it now, who may still fail. */
  | { readonly state: 'busy'; readonly untilMs: number }

/**
 * Where functions note which events they have handled. Every call is atomic, whoever else calls, and is refused to owners
 * whose claim another has taken over: a process that slept through its lease changes nothing any more.
 *
 * Claims that nobody completed are free again after their lease, and notes of handled events after the time that they are
 * kept. Times are compared with the clock of the caller, so leases must be long against the differences of clocks.
 */
export interface IdempotencyStore {
  /** `leaseMs`: how long the owner may take. */
  claim(key: string, owner: string, leaseMs: number): Promise<Claim>
  /** Prolongs a claim from now on. False where it is not the owner's any more. */
  renew(key: string, owner: string, leaseMs: number): Promise<boolean>
  /** Notes that the event was handled, for `keepMs`. False where the claim is not the owner's any more. */
  complete(key: string, owner: string, keepMs: number): Promise<boolean>
  /** Gives a claim back, so that the event can be handled at once. False where it is not the owner's any more. */
  release(key: string, owner: string): Promise<boolean>
  /** Resolves where the store can be used; rejects with what is missing. Asked before events are read. */
  check?(): Promise<void>
}

/**
 * A check by use: what is missing may be the right to one call alone. Under one key, of which no event has one, so that a store
 * which keeps what was deleted for a while keeps little of it; where another checks too, the calls are refused, and answered.
 */
export async function tryOut(store: Pick<IdempotencyStore, 'claim' | 'renew' | 'release'>): Promise<void> {
  const [key, owner, leaseMs] = ['check', randomUUID(), 10_000]
  await store.claim(key, owner, leaseMs)
  await store.renew(key, owner, leaseMs)
  await store.release(key, owner)
}

/** What a store keeps of a key. */
export interface Note {
  readonly state: 'claimed' | 'done'
  readonly owner: string
  /** End of the lease, or of the time that the note is kept, in milliseconds since 1970 UTC. */
  readonly untilMs: number
}

/** What a note means to somebody who claims its key now; `undefined` where the key is free. */
export function claimAgainst(note: Note | undefined, nowMs: number, owner: string): Claim | undefined {
  if (note === undefined || note.untilMs <= nowMs) return undefined
  // Written before, by a try whose answer was lost.
  if (note.state === 'claimed' && note.owner === owner) return { state: 'claimed' }
  return note.state === 'done' ? { state: 'done' } : { state: 'busy', untilMs: note.untilMs }
}

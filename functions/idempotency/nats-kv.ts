import { codeOf, messageOf, WaybillError } from '../../adapters/core/errors.ts'
import { isRecord } from '../../adapters/core/is-record.ts'
import { claimAgainst, type IdempotencyStore, type Note } from './store.ts'

/** What this needs of a key-value bucket of the package `nats`: `await connection.jetstream().views.kv('handled')`. */
export interface KvBucket {
  get(key: string): Promise<KvEntry | null>
  create(key: string, data: Uint8Array): Promise<number>
  update(key: string, data: Uint8Array, revision: number): Promise<number>
  delete(key: string, options?: { readonly previousSeq: number }): Promise<void>
}

interface KvEntry {
  readonly revision: number
  readonly operation: string
  readonly value: Uint8Array
}

/** "wrong last sequence": another was first (ADR-8, JetStream based Key-Value Stores). */
const conflict = 10071

/**
 * Notes in a key-value bucket of NATS JetStream. Give the bucket a TTL of at least `keepMs`: it is what frees the room of old
 * notes. A bucket in memory forgets them with its server.
 */
export function natsKvStore(bucket: KvBucket): IdempotencyStore {
  async function claim(key: string, owner: string, leaseMs: number): ReturnType<IdempotencyStore['claim']> {
    for (;;) {
      const entry = await entryOf(bucket, key)
      const claimed = claimAgainst(entry && noteOf(entry), Date.now())
      if (claimed !== undefined) return claimed
      const data = dataOf({ state: 'claimed', owner, untilMs: Date.now() + leaseMs })
      const isFirst = await wins(() =>
        entry === undefined ? bucket.create(key, data) : bucket.update(key, data, entry.revision),
      )
      if (isFirst) return { state: 'claimed' }
    }
  }

  /** Where another change came between, the claim was prolonged or taken: look again. */
  async function change(
    key: string,
    owner: string,
    to: (revision: number) => Promise<unknown>,
  ): Promise<boolean> {
    for (;;) {
      const entry = await entryOf(bucket, key)
      const note = entry && noteOf(entry)
      if (entry === undefined || note?.state !== 'claimed' || note.owner !== owner) return false
      if (await wins(() => to(entry.revision))) return true
    }
  }

  return {
    claim,
    renew: (key, owner, leaseMs) =>
      change(key, owner, (revision) =>
        bucket.update(key, dataOf({ state: 'claimed', owner, untilMs: Date.now() + leaseMs }), revision),
      ),
    complete: (key, owner, keepMs) =>
      change(key, owner, (revision) =>
        bucket.update(key, dataOf({ state: 'done', owner, untilMs: Date.now() + keepMs }), revision),
      ),
    release: (key, owner) => change(key, owner, (revision) => bucket.delete(key, { previousSeq: revision })),
  }
}

async function entryOf(bucket: KvBucket, key: string): Promise<KvEntry | undefined> {
  const entry = await bucket.get(key)
  return entry === null || entry.operation !== 'PUT' ? undefined : entry
}

/** False where another was first. */
async function wins(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
}

function isConflict(error: unknown): boolean {
  if (!isRecord(error)) return false
  const { api_error: apiError } = error
  return (isRecord(apiError) && apiError.err_code === conflict) || codeOf(error) === String(conflict)
}

function dataOf(note: Note): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(note))
}

function noteOf({ value }: KvEntry): Note {
  try {
    const note: unknown = JSON.parse(new TextDecoder().decode(value))
    if (isNote(note)) return note
    throw new TypeError('a member is missing')
  } catch (cause) {
    throw new WaybillError(
      'ERR_CONFIG',
      `the bucket holds something else under a key of a handled event (${messageOf(cause)}): use a bucket of its own`,
      { adapter: 'idempotency', cause },
    )
  }
}

function isNote(value: unknown): value is Note {
  if (!isRecord(value)) return false
  const { state, owner, untilMs } = value
  return (state === 'claimed' || state === 'done') && typeof owner === 'string' && typeof untilMs === 'number'
}

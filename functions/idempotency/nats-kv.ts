import { sleep, systemClock } from '../../adapters/core/clock.ts'
import { codeOf, messageOf, WaybillError } from '../../adapters/core/errors.ts'
import { isRecord } from '../../adapters/core/is-record.ts'
import { claimAgainst, type IdempotencyStore, type Note, tryOut } from './store.ts'

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

/** "wrong last sequence": another was first, or with replicas is being written (nats-server, server/errors.json). */
const conflicts: readonly unknown[] = [10071, 10164]

/** Looks at a bucket that refuses what it shows as current, over about two seconds. */
const looks = 12
const longestPauseMs = 250
/** Codes of the client's errors where the bucket's stream is gone: it does not exist, or nobody answers for it. */
const gone: readonly unknown[] = ['404', '503']

/**
 * Notes in a key-value bucket of NATS JetStream. Give the bucket a TTL of at least `keepMs`: it is what frees the room of old
 * notes. A bucket in memory forgets them with its server.
 */
export function natsKvStore(bucket: KvBucket): IdempotencyStore {
  /** Revisions of the claims made here: read back, one may come from a replica that does not have it yet. */
  const revisions = new Map<string, number>()

  async function claim(key: string, owner: string, leaseMs: number): ReturnType<IdempotencyStore['claim']> {
    for (let tried = 1; ; tried++) {
      const entry = await entryOf(bucket, key)
      const claimed = claimAgainst(entry && noteOf(entry), Date.now(), owner)
      if (claimed !== undefined) return claimed
      const data = dataOf({ state: 'claimed', owner, untilMs: Date.now() + leaseMs })
      const revision = await written(() =>
        entry === undefined ? bucket.create(key, data) : bucket.update(key, data, entry.revision),
      )
      if (revision === undefined) {
        // The next look may show a replica that has not seen it yet.
        await pause(tried)
        continue
      }
      revisions.set(claimOf(key, owner), revision)
      return { state: 'claimed' }
    }
  }

  /**
   * Where another change came between, the claim was prolonged or taken: look again. What a replica shows that is older than
   * what is known here says nothing.
   */
  async function change<T>(
    key: string,
    owner: string,
    to: (revision: number) => Promise<T>,
  ): Promise<{ readonly result: T } | undefined> {
    const claim = claimOf(key, owner)
    for (let tried = 1; ; tried++) {
      const revision = revisions.get(claim) ?? (await revisionOf(bucket, key, owner))
      if (revision === undefined) return undefined
      const result = await written(async () => ({ result: await to(revision) }))
      if (result !== undefined) return result
      const shown = await bucket.get(key)
      if (tried >= looks || (shown !== null && shown.revision > revision)) revisions.delete(claim)
      else await pause(tried)
    }
  }

  async function renew(key: string, owner: string, leaseMs: number): Promise<boolean> {
    const data = dataOf({ state: 'claimed', owner, untilMs: Date.now() + leaseMs })
    const renewed = await change(key, owner, (revision) => bucket.update(key, data, revision))
    if (renewed !== undefined) revisions.set(claimOf(key, owner), renewed.result)
    return renewed !== undefined
  }

  async function end(key: string, owner: string, to: (revision: number) => Promise<unknown>) {
    try {
      return (await change(key, owner, to)) !== undefined
    } finally {
      revisions.delete(claimOf(key, owner))
    }
  }

  const release = (key: string, owner: string) =>
    end(key, owner, (revision) => bucket.delete(key, { previousSeq: revision }))

  return {
    claim,
    renew,
    complete: (key, owner, keepMs) =>
      end(key, owner, (revision) =>
        bucket.update(key, dataOf({ state: 'done', owner, untilMs: Date.now() + keepMs }), revision),
      ),
    release,
    async check() {
      await tryOut({ claim, renew, release }).catch((cause: unknown) => {
        if (cause instanceof WaybillError) throw cause
        const code = gone.includes(codeOf(cause)) ? 'ERR_NOT_FOUND' : 'ERR_STORE'
        const text = `the bucket cannot be used (${messageOf(cause)}): check that it is there, and the rights to read and write it`
        throw new WaybillError(code, text, { adapter: 'idempotency', cause })
      })
    },
  }
}

/** Throws `ERR_STORE` where the bucket has been looked at too often. */
async function pause(tried: number): Promise<void> {
  if (tried > looks)
    throw new WaybillError(
      'ERR_STORE',
      'the bucket shows what it refuses as out of date: check its replicas',
      {
        adapter: 'idempotency',
      },
    )
  await sleep(systemClock, Math.min(longestPauseMs, 5 * 2 ** tried), [])
}

function claimOf(key: string, owner: string): string {
  return `${key} ${owner}`
}

/** The revision of a claim that is the owner's. */
async function revisionOf(bucket: KvBucket, key: string, owner: string): Promise<number | undefined> {
  const entry = await entryOf(bucket, key)
  const note = entry && noteOf(entry)
  return note?.state === 'claimed' && note.owner === owner ? entry?.revision : undefined
}

async function entryOf(bucket: KvBucket, key: string): Promise<KvEntry | undefined> {
  const entry = await bucket.get(key)
  return entry === null || entry.operation !== 'PUT' ? undefined : entry
}

/** `undefined` where another was first. */
async function written<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write()
  } catch (error) {
    if (isConflict(error)) return undefined
    throw error
  }
}

function isConflict(error: unknown): boolean {
  if (!isRecord(error)) return false
  const { api_error: apiError } = error
  return (
    (isRecord(apiError) && conflicts.includes(apiError.err_code)) || conflicts.includes(Number(codeOf(error)))
  )
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

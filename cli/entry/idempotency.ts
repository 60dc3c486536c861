import type { NatsConnection } from 'nats'
import type { Broker } from '../../adapters/core/broker.ts'
import { WaybillError } from '../../adapters/core/errors.ts'
import type { Middleware } from '../../adapters/core/handler.ts'
import { dynamodbStore } from '../../functions/idempotency/dynamodb.ts'
import { idempotent } from '../../functions/idempotency/idempotent.ts'
import { memoryStore } from '../../functions/idempotency/memory.ts'
import { natsKvStore } from '../../functions/idempotency/nats-kv.ts'
import type { IdempotencyStore } from '../../functions/idempotency/store.ts'
import type { Idempotency, NoteStore } from '../config/idempotency.ts'

/** Makes the store that a configuration names; `undefined` where it names one of another kind. */
export type OpenStore = (idempotency: Idempotency) => IdempotencyStore | undefined

/**
 * The middleware by which a function handles each event once, in the store that `open` makes. Throws `ERR_CONFIG` where the
 * configuration now names a store of another kind than the bundle was built with.
 */
export function handledOnce(
  name: string,
  written: Idempotency | undefined,
  open: OpenStore,
): readonly Middleware[] {
  const store = written && open(written)
  if (written === undefined || store === undefined) throw rebuilt(name, written)
  const { scope = name, leaseMs, keepMs } = written
  return [idempotent(store, { scope, leaseMs, keepMs })]
}

/** The middleware of a function that was built without idempotency: none. Throws `ERR_CONFIG` where the configuration now names a store. */
export function handledAgain(name: string, written: Idempotency | undefined): readonly Middleware[] {
  if (written !== undefined) throw rebuilt(name, written)
  return []
}

/** Notes in this process. */
export function notesInMemory({ store }: Idempotency): IdempotencyStore | undefined {
  return store === 'memory' ? memoryStore() : undefined
}

/** Notes in a table of DynamoDB. */
export function notesInTable({ store }: Idempotency): IdempotencyStore | undefined {
  return store !== 'memory' && 'table' in store ? dynamodbStore(store) : undefined
}

/** Notes in a key-value bucket of a broker of NATS, opened with the first event. A broker in memory has them in memory too. */
export function notesInBucket(broker: () => Promise<Broker>): OpenStore {
  return ({ store, keepMs }) => {
    if (store === 'memory' || !('bucket' in store)) return undefined
    return whenOpened(async () => bucketOf(await broker(), store.bucket, keepMs))
  }
}

async function bucketOf(
  broker: Broker,
  bucket: string,
  keepMs = 7 * 24 * 3_600_000,
): Promise<IdempotencyStore> {
  if (broker.name === 'memory') return memoryStore()
  if (!hasBuckets(broker))
    throw refused(`broker ${broker.name} has no key-value buckets: name one of jetstream:// or nats://`)
  // Where the bucket is there already, its own settings stay.
  return natsKvStore(await broker.native.jetstream().views.kv(bucket, { history: 1, ttl: keepMs }))
}

interface NatsLike extends Broker {
  readonly native: NatsConnection
}

function hasBuckets(broker: Broker): broker is NatsLike {
  return 'native' in broker && (broker.name === 'nats' || broker.name === 'jetstream')
}

/** Opened at its first use, and again after that or a claim failed: a bucket that was deleted is made anew. */
function whenOpened(open: () => Promise<IdempotencyStore>): IdempotencyStore {
  let opened: Promise<IdempotencyStore> | undefined
  const store = () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
  return {
    async claim(...call) {
      try {
        return await (await store()).claim(...call)
      } catch (error) {
        opened = undefined
        throw error
      }
    },
    renew: async (...call) => (await store()).renew(...call),
    complete: async (...call) => (await store()).complete(...call),
    release: async (...call) => (await store()).release(...call),
    check: async () => (await store()).check?.(),
  }
}

function rebuilt(name: string, written: Idempotency | undefined): WaybillError {
  const now = written === undefined ? 'none' : kindOf(written.store)
  return refused(
    `functions.${name}.idempotency is another than when the bundle was built (its store now: ${now}): build it again, in an ` +
      'environment that the configuration reads the same from',
  )
}

function kindOf(store: NoteStore): 'memory' | 'table' | 'bucket' {
  if (store === 'memory') return store
  return 'table' in store ? 'table' : 'bucket'
}

function refused(message: string): WaybillError {
  return new WaybillError('ERR_CONFIG', message)
}

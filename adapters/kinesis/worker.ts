import type { Shard } from '@aws-sdk/client-kinesis'
import type { Deliver, StartPosition } from '../core/driver.ts'
import { messageOf } from '../core/errors.ts'
import type { Logger } from '../core/observe.ts'
import { sharesOf } from './balance.ts'
import type { Feed } from './feed.ts'
import { HeldLease } from './held-lease.ts'
import { Lane } from './lane.ts'
import type { Lease } from './lease-store.ts'
import { type Place, placeNew } from './placing.ts'
import { type Position, positionOf, shardEnd } from './position.ts'
import { isMissing } from './problem.ts'
import { lacksChildren, readableShards } from './shards.ts'
import { describeStream, listShards } from './streams.ts'

export interface WorkerOptions {
  readonly place: Place
  readonly start: StartPosition
  readonly deliver: Deliver
  readonly prefetch: number
  readonly logger: Logger | undefined
  /** Opens the way to the records of a shard. */
  readonly openFeed: (shard: string, from: Position) => Feed
  /** Called when something changed that the next turn should not wait for. */
  readonly onChange: () => void
  /** Called where reading cannot go on. */
  readonly onFailure: (error: unknown) => void
}

const workers = 'worker/'

/**
 * One member of a group: says that it is alive, sees who else is, and reads its share of the shards. A shard that is too many
 * is given back once what is being handled is settled; one whose worker is silent for `leaseMs` is taken from it.
 */
export class Worker {
  readonly #id = crypto.randomUUID()
  readonly #options: WorkerOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #running = new Map<string, Promise<void>>()
  /** When the counter of a row was first seen as it is. */
  readonly #seen = new Map<string, { readonly counter: number; readonly since: number }>()
  #shards: readonly Shard[] = []
  #listedAt = Number.NEGATIVE_INFINITY
  readonly #releaseFailures: unknown[] = []
  #beat: number | undefined
  #isStopped = false

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  /** One turn: sees to its share. Rejects where the stream or the lease store cannot be used now. */
  async turn(): Promise<void> {
    const { place, start } = this.#options
    const { store, reader, client } = place
    await this.#sayAlive()
    let rows = await store.list(reader)
    const ended = endedOf(rows)
    const isDue = performance.now() - this.#listedAt >= client.settings.shardsMs
    if (isDue || lacksChildren(this.#shards, ended)) {
      this.#shards = await listShards(client, place.topic)
      this.#listedAt = performance.now()
      rows = await placeNew(place, this.#shards, start)
    }
    this.#observe(rows)
    this.#checkHeld(rows)
    await this.#clean(rows)
    if (!this.#isStopped) await this.#share(rows)
  }

  /** Begins nothing more, though a turn may still wait for the lease store. */
  halt(): void {
    this.#isStopped = true
    for (const lane of this.#lanes.values()) lane.close()
  }

  /**
   * Gives back every shard once what is being handled is settled. Rejects where the store did not take a last checkpoint; a shard that
   * another worker has by then is no reason.
   */
  async stop(): Promise<void> {
    this.halt()
    while (this.#running.size > 0) await Promise.all(this.#running.values())
    const { store, reader } = this.#options.place
    if (this.#beat !== undefined)
      await store.remove(reader, workers + this.#id, this.#beat).catch(() => {
        // Others see that it is silent.
      })
    if (this.#releaseFailures.length > 0) throw this.#releaseFailures[0]
  }

  async #sayAlive(): Promise<void> {
    const { store, reader } = this.#options.place
    const counter = (this.#beat ?? 0) + 1
    const name = workers + this.#id
    if (await store.write(reader, { name, counter }, this.#beat)) this.#beat = counter
    else {
      // Taken for dead and removed meanwhile, or an answer was lost.
      const found = (await store.list(reader)).find((row) => row.name === name)
      this.#beat = found?.counter
    }
  }

  #observe(rows: readonly Lease[]): void {
    const now = performance.now()
    const names = new Set(rows.map(({ name }) => name))
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name)
    for (const { name, counter } of rows)
      if (this.#seen.get(name)?.counter !== counter) this.#seen.set(name, { counter, since: now })
  }

  /** Nothing was written to the row for as long as a lease lasts. */
  #isStale({ name }: Lease): boolean {
    const since = this.#seen.get(name)?.since ?? performance.now()
    return performance.now() - since >= this.#options.place.client.settings.leaseMs
  }

  /** Another wrote to a row that is held here: the next write finds out, so it is made at once. */
  #checkHeld(rows: readonly Lease[]): void {
    for (const { name, owner, counter } of rows) {
      const lane = this.#lanes.get(name)
      if (lane !== undefined && (owner !== this.#id || counter > lane.lease.counter)) void lane.lease.renew()
    }
  }

  /** Removes workers that are gone, and shards whose records are. */
  async #clean(rows: readonly Lease[]): Promise<void> {
    const { store, reader } = this.#options.place
    const listed = new Set(this.#shards.map(({ ShardId }) => ShardId))
    const isGone = (row: Lease) =>
      row.name.startsWith(workers)
        ? this.#isStale(row)
        : row.name.startsWith('shardId-') && row.checkpoint === shardEnd && !listed.has(row.name)
    const gone = rows.filter(isGone)
    await Promise.all(gone.map(({ name, counter }) => store.remove(reader, name, counter)))
  }

  async #share(rows: readonly Lease[]): Promise<void> {
    const readable = new Set(readableShards(this.#shards, endedOf(rows)))
    const leases = rows.filter(({ name }) => readable.has(name))
    const alive = rows.filter((row) => row.name.startsWith(workers) && !this.#isStale(row))
    const ids = new Set([this.#id, ...alive.map(({ name }) => name.slice(workers.length))])
    const held = new Map<string, number>()
    for (const lease of leases) {
      const { owner } = lease
      const isHeld = owner === this.#id ? this.#lanes.has(lease.name) : !this.#isStale(lease)
      if (owner !== undefined && isHeld) held.set(owner, (held.get(owner) ?? 0) + 1)
    }
    const share = sharesOf([...ids], held, leases.length).get(this.#id) ?? 0
    const open = [...this.#lanes.values()].filter(({ isClosed }) => !isClosed)
    for (const lane of open.slice(share)) lane.close()
    const free = leases.filter((lease) => this.#isFree(lease))
    const wanted = free.slice(0, Math.max(0, share - this.#lanes.size))
    await Promise.all(wanted.map((lease) => this.#take(lease)))
  }

  #isFree(lease: Lease): boolean {
    const { name, owner } = lease
    // What an earlier lease of this worker began is still being handled.
    if (this.#running.has(name)) return false
    return owner === undefined || owner === this.#id || this.#isStale(lease)
  }

  async #take({ name, counter, checkpoint }: Lease): Promise<void> {
    const { place, deliver, prefetch, openFeed, onFailure, logger } = this.#options
    const { store, reader, topic, client } = place
    const takenAt = performance.now()
    const row = { name, owner: this.#id, counter: counter + 1, checkpoint }
    if (!(await store.write(reader, row, counter))) return
    if (this.#isStopped || this.#running.has(name)) {
      await store.write(reader, { name, counter: row.counter + 1, checkpoint }, row.counter)
      return
    }
    const { leaseMs, renewMs, checkpointMs } = client.settings
    const lease = new HeldLease(row, takenAt, {
      store,
      reader,
      leaseMs,
      renewMs,
      checkpointMs,
      onFailure: (error) =>
        logger?.warn(
          { topic, shard: name, reason: messageOf(error) },
          '[kinesis] the lease could not be renewed: trying again',
        ),
    })
    const from = positionOf(checkpoint)
    const feed = openFeed(name, from)
    const lane = new Lane({ topic, shard: name, lease, feed, from, deliver, prefetch, checkpointMs, logger })
    lease.signal.addEventListener('abort', () => lane.close(), { once: true })
    this.#lanes.set(name, lane)
    this.#running.set(
      name,
      this.#attend(lane)
        .catch(onFailure)
        .finally(() => {
          this.#running.delete(name)
          this.#lanes.delete(name)
          this.#options.onChange()
        }),
    )
  }

  /** Lets a lane run, and then gives back its lease. */
  async #attend(lane: Lane): Promise<void> {
    let failure: { readonly error: unknown } | undefined
    try {
      if ((await lane.run()) === 'end') {
        await this.#addChildren()
        lane.lease.advance(shardEnd)
      }
    } catch (error) {
      if (!(await this.#isOnlyShard(error))) failure = { error }
      else lane.lease.advance(shardEnd)
    }
    await this.#release(lane)
    if (failure !== undefined) throw failure.error
  }

  /** A lease that was lost leaves nothing to be done here: whoever has it now goes on from its checkpoint. */
  async #release({ shard, lease }: Lane): Promise<void> {
    const { place, logger } = this.#options
    try {
      if (await lease.release()) return
      logger?.warn(
        { topic: place.topic, shard },
        '[kinesis] the lease was lost, to another worker or a replay: what was settled since its last checkpoint comes again',
      )
    } catch (error) {
      this.#releaseFailures.push(error)
    }
  }

  /** Before a shard counts as ended, those that came of it are known: else nobody might look for them. */
  async #addChildren(): Promise<void> {
    const { place, start } = this.#options
    this.#shards = await listShards(place.client, place.topic)
    await placeNew(place, this.#shards, start)
  }

  /** The shard is gone, with all of its records, and not the stream. */
  async #isOnlyShard(error: unknown): Promise<boolean> {
    const cause = error instanceof Error ? error.cause : undefined
    if (!isMissing(cause)) return false
    const { client, topic } = this.#options.place
    const found = await describeStream(client, topic).catch(() => undefined)
    return found !== undefined && found.status !== 'DELETING'
  }
}

function endedOf(rows: readonly Lease[]): ReadonlySet<string> {
  return new Set(rows.filter(({ checkpoint }) => checkpoint === shardEnd).map(({ name }) => name))
}

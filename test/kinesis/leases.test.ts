import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Deliver, Driver } from '../../adapters/core/driver.ts'
import { createEvent } from '../../adapters/core/event.ts'
import { sharesOf } from '../../adapters/kinesis/balance.ts'
import { dynamodbLeases } from '../../adapters/kinesis/dynamodb-leases.ts'
import { HeldLease } from '../../adapters/kinesis/held-lease.ts'
import { type Lease, type LeaseStore, memoryLeases } from '../../adapters/kinesis/lease-store.ts'
import { kinesisAt } from '../conformance/harnesses/local-kinesis.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { recordedLog } from '../nats/local.ts'
import { newStream, openKinesis } from './server.ts'

const reader = 'orders/g'
const sequence = '49680433155647095050380766573935801541637586640424665090'
let names = 0
const nameOf = () => `shardId-${String(++names).padStart(12, '0')}`

function held(store: LeaseStore, row: Lease, leaseMs = 10_000): HeldLease {
  const options = { store, reader, leaseMs, renewMs: leaseMs / 4, checkpointMs: 1, onFailure: () => {} }
  return new HeldLease(row, performance.now(), options)
}

async function rowOf(store: LeaseStore, name: string): Promise<Lease | undefined> {
  return (await store.list(reader)).find((row) => row.name === name)
}

/** What every store must do. */
function stores(open: () => Promise<LeaseStore>): void {
  let store: LeaseStore
  beforeAll(async () => {
    store = await open()
    await store.ensure?.()
    // Again, as every process does when it starts.
    await store.ensure?.()
  })

  it('keeps sequence numbers of 56 digits as texts', async () => {
    const row = { name: nameOf(), owner: 'a', counter: 1, checkpoint: `AFTER_SEQUENCE_NUMBER:${sequence}` }
    expect(await store.write(reader, row, undefined)).toBe(true)
    expect(await rowOf(store, row.name)).toEqual(row)
  })

  it('lets one of many succeed that create or steal at once', async () => {
    const name = nameOf()
    const owners = Array.from({ length: 10 }, (_, index) => `worker-${index}`)
    for (const [counter, seen] of [
      [1, undefined],
      [2, 1],
    ] as const) {
      const wins = await Promise.all(
        owners.map((owner) => store.write(reader, { name, owner, counter }, seen)),
      )
      expect(wins.filter(Boolean)).toHaveLength(1)
      expect((await rowOf(store, name))?.owner).toBe(owners[wins.indexOf(true)])
    }
  })

  /** A worker that has read on, and does not know yet that another has its lease. */
  async function stolen() {
    const name = nameOf()
    await store.write(reader, { name, owner: 'zombie', counter: 1 }, undefined)
    const zombie = held(store, { name, owner: 'zombie', counter: 1 })
    const taken = { name, owner: 'heir', counter: 2, checkpoint: 'AFTER_SEQUENCE_NUMBER:5' }
    expect(await store.write(reader, taken, 1)).toBe(true)
    zombie.advance('AFTER_SEQUENCE_NUMBER:9')
    return { zombie, name, taken }
  }

  it('refuses the checkpoint of a worker whose lease was taken, and tells it', async () => {
    const { zombie, name, taken } = await stolen()
    await zombie.renew()
    expect([zombie.signal.aborted, zombie.isHeld]).toEqual([true, false])
    expect(await zombie.release()).toBe(false)
    expect(await rowOf(store, name)).toEqual(taken)
  })

  it('refuses the last checkpoint of a worker that did not know yet that its lease was taken, which is no failure', async () => {
    const { zombie, name, taken } = await stolen()
    expect(await zombie.release()).toBe(false)
    expect(zombie.signal.aborted).toBe(true)
    expect(await rowOf(store, name)).toEqual(taken)
  })

  it('writes the last checkpoint when a lease is released, and frees it', async () => {
    const name = nameOf()
    await store.write(reader, { name, owner: 'a', counter: 1 }, undefined)
    const lease = held(store, { name, owner: 'a', counter: 1 })
    lease.advance('AFTER_SEQUENCE_NUMBER:7')
    expect(await lease.release()).toBe(true)
    const row = await rowOf(store, name)
    expect([row?.owner, row?.checkpoint]).toEqual([undefined, 'AFTER_SEQUENCE_NUMBER:7'])
  })

  it('removes a row that nobody changed, and no other', async () => {
    const row = { name: nameOf(), counter: 3 }
    await store.write(reader, row, undefined)
    expect(await store.remove(reader, row.name, 2)).toBe(false)
    expect(await store.remove(reader, row.name, 3)).toBe(true)
    expect(await rowOf(store, row.name)).toBeUndefined()
  })
}

describe('leases in memory', () => stores(async () => memoryLeases()))

await describeWith('dynamodb', 'leases in DynamoDB', () => {
  let close = () => {}
  afterAll(() => close())
  stores(async () => {
    const { DynamoDB } = await import('@aws-sdk/client-dynamodb')
    const { region, leaseEndpoint } = await kinesisAt('kinesalite')
    const dynamodb = new DynamoDB({ region, endpoint: leaseEndpoint })
    close = () => dynamodb.destroy()
    return dynamodbLeases({ dynamodb, table: 'leases-of-test', place: leaseEndpoint })
  })
})

describe('a lease', () => {
  it('is lost when it could not be renewed for as long as it lasts', async () => {
    const store = memoryLeases()
    const failing: LeaseStore = { ...store, write: () => Promise.reject(new Error('down')) }
    const lease = held(failing, { name: nameOf(), owner: 'a', counter: 1 }, 100)
    expect(lease.isHeld).toBe(true)
    await eventually('the loss', () => lease.signal.aborted)
  })

  it('counts as released when the answer to the last write was lost', async () => {
    const store = memoryLeases()
    const name = nameOf()
    await store.write(reader, { name, owner: 'a', counter: 1 }, undefined)
    const lossy: LeaseStore = {
      ...store,
      async write(...args) {
        if (await store.write(...args)) throw new Error('the connection broke')
        return false
      },
    }
    const lease = held(lossy, { name, owner: 'a', counter: 1 })
    expect(await lease.release()).toBe(true)
  })

  it('cannot be released where the store takes no write, if something settled is not in it', async () => {
    const failing: LeaseStore = { ...memoryLeases(), write: () => Promise.reject(new Error('down')) }
    const dirty = held(failing, { name: nameOf(), owner: 'a', counter: 1 }, 500)
    dirty.advance('AFTER_SEQUENCE_NUMBER:9')
    await expect(dirty.release()).rejects.toThrow('down')
    const clean = held(failing, { name: nameOf(), owner: 'a', counter: 1 }, 500)
    expect(await clean.release()).toBe(false)
  })

  it('is lost to a process that was paused longer, before any timer tells it', () => {
    const options = {
      store: memoryLeases(),
      reader,
      leaseMs: 5_000,
      renewMs: 1_000,
      checkpointMs: 1,
      onFailure: () => {},
    }
    const lease = new HeldLease(
      { name: nameOf(), owner: 'a', counter: 1 },
      performance.now() - 5_001,
      options,
    )
    lease.advance('AFTER_SEQUENCE_NUMBER:9')
    expect([lease.isHeld, lease.signal.aborted, lease.checkpoint]).toEqual([false, true, undefined])
  })

  it('is kept when the answer to a write that came through was lost', async () => {
    const store = memoryLeases()
    const name = nameOf()
    await store.write(reader, { name, owner: 'a', counter: 1 }, undefined)
    let losses = 1
    const lossy: LeaseStore = {
      ...store,
      async write(...args) {
        const answer = await store.write(...args)
        if (losses-- > 0) throw new Error('the connection broke')
        return answer
      },
    }
    const lease = held(lossy, { name, owner: 'a', counter: 1 })
    lease.advance('AFTER_SEQUENCE_NUMBER:3')
    await eventually('the checkpoint to be known', () => lease.counter === 2)
    expect(lease.isHeld).toBe(true)
    await lease.release()
    expect((await rowOf(store, name))?.checkpoint).toBe('AFTER_SEQUENCE_NUMBER:3')
  })
})

describe('the shares of workers', () => {
  it('differ by one at most, and leave with each what it has', () => {
    const held = new Map([
      ['a', 5],
      ['b', 1],
    ])
    expect(sharesOf(['a', 'b', 'c'], held, 7)).toEqual(
      new Map([
        ['a', 3],
        ['b', 2],
        ['c', 2],
      ]),
    )
    expect(sharesOf(['b', 'a'], new Map([['b', 1]]), 1)).toEqual(
      new Map([
        ['b', 1],
        ['a', 0],
      ]),
    )
  })
})

await describeWith('kinesalite', 'workers of a group', () => {
  it('go on with the shards of one that died, and it settles nothing any more', async () => {
    const topic = await newStream('kinesalite', 2)
    const shared = memoryLeases()
    let isDead = false
    // As a process that is stopped: nothing of it reaches the store, and its handler hangs.
    const refuse = () => Promise.reject(new Error('stopped'))
    const mortal: LeaseStore = {
      list: (name) => (isDead ? refuse() : shared.list(name)),
      write: (...args) => (isDead ? refuse() : shared.write(...args)),
      remove: (...args) => (isDead ? refuse() : shared.remove(...args)),
    }
    const leaseMs = 600
    await using dying = await openKinesis('kinesalite', { leases: mortal, leaseMs })
    await using heir = await openKinesis('kinesalite', { leases: shared, leaseMs })
    const source = { topic, group: 'g' }
    const policy = { drainMs: 50 }
    const eventsOf = (from: number) =>
      Array.from({ length: 20 }, (_, index) =>
        createEvent({ type: 'n', source: '/n', id: String(from + index), partitionkey: `key-${index % 6}` }),
      )
    const signals: AbortSignal[] = []
    const first = dying.subscribe(
      source,
      (_, { delivery }) => {
        signals.push(delivery.signal)
        return isDead ? new Promise<void>(() => {}) : undefined
      },
      { policy },
    )
    first.done.catch(() => {})
    await dying.publish(topic, eventsOf(0))
    await eventually('the first part', () => signals.length === 20, 10_000)
    isDead = true
    const seen = new Set<number>()
    const second = heir.subscribe(source, ({ id }) => void seen.add(Number(id)), { policy })
    await heir.publish(topic, eventsOf(20))
    await eventually('the second part', () => [...seen].filter((n) => n >= 20).length === 20, 10_000)
    await eventually('the loss to be told', () => signals.slice(20).every(({ aborted }) => aborted), 5_000)
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
    await second.close()
    await first.close().catch(() => {})
  }, 30_000)

  it('close without a failure where another has the shard by then, and say what comes again', async () => {
    const topic = await newStream('kinesalite')
    const store = memoryLeases()
    const { logger, lines } = recordedLog()
    const broker = await openKinesis('kinesalite', { leases: store, leaseMs: 30_000, renewMs: 9_000 }, logger)
    let end: (() => void) | undefined
    const handle = () =>
      new Promise<void>((resolve) => {
        end = resolve
      })
    broker.subscribe({ topic, group: 'g' }, handle)
    await broker.publish(topic, createEvent({ type: 'n', source: '/n', id: '0' }))
    await eventually('the event', () => end !== undefined, 10_000)
    const shard = (await store.list(`${topic}/g`)).find(({ name }) => name.startsWith('shardId-'))
    if (shard === undefined) throw new Error('the shard has no row')
    const taken = { ...shard, owner: 'heir', counter: shard.counter + 1 }
    expect(await store.write(`${topic}/g`, taken, shard.counter)).toBe(true)
    const closed = broker.close()
    end?.()
    await closed
    const told = lines.filter(({ message }) => message.includes('the lease was lost'))
    expect(told).toMatchObject([{ level: 'warn', fields: { topic, shard: shard.name } }])
  }, 30_000)

  it('begin nothing more once they are to end, though the lease store is slow', async () => {
    const topic = await newStream('kinesalite')
    const store = memoryLeases()
    const slow: LeaseStore = {
      ...store,
      async list(name) {
        await pause(150)
        return store.list(name)
      },
    }
    let driver: Driver | undefined
    const parts = {
      wrap(made: Driver) {
        driver = made
        return made
      },
    }
    await using broker = await openKinesis('kinesalite', { leases: slow }, undefined, parts)
    await broker.publish(topic, createEvent({ type: 'n', source: '/n', id: '0' }))
    const end = new AbortController()
    let before = 0
    let after = 0
    const deliver: Deliver = async (batch) => {
      if (end.signal.aborted) after++
      else before++
      return batch.map(() => ({ kind: 'release' }))
    }
    const reading = driver?.receive({ topic, group: 'g' }, deliver, end.signal, { prefetch: 16 })
    await eventually('deliveries', () => before >= 5, 10_000)
    end.abort()
    await reading
    expect(after).toBe(0)
  }, 30_000)
})

import { randomUUID } from 'node:crypto'
import type { IdempotencyStore } from './store.ts'

/** One thing that every store keeps to, as plain data for any test runner. */
export interface StoreCase {
  /** A sentence: what holds. */
  readonly name: string
  /** Rejects where the store does not keep to it. Takes up to `2 * shortMs` and a few calls. */
  run(store: IdempotencyStore): Promise<void>
}

const longMs = 60_000
/** A lease that a case waits for. */
const shortMs = 1_000

/** The cases of a store of one's own: `for (const { name, run } of storeCases) it(name, () => run(store))`. */
export const storeCases: readonly StoreCase[] = [
  {
    name: 'gives a free key to the first who claims it, and tells others until when it is busy',
    async run(store) {
      const key = newKey()
      const before = Date.now()
      equal(await store.claim(key, 'a', longMs), { state: 'claimed' })
      const second = await store.claim(key, 'b', longMs)
      const untilMs = second.state === 'busy' ? second.untilMs : 0
      ensure(untilMs >= before + longMs && untilMs <= Date.now() + longMs, `busy until ${untilMs}`)
    },
  },
  {
    name: 'gives a key to one of many who claim it at once',
    async run(store) {
      const key = newKey()
      const owners = Array.from({ length: 20 }, (_, i) => `owner-${i}`)
      const claims = await Promise.all(owners.map((owner) => store.claim(key, owner, longMs)))
      equal(claims.filter(({ state }) => state === 'claimed').length, 1)
    },
  },
  {
    name: 'knows that an event was handled, whoever asks',
    async run(store) {
      const key = newKey()
      await store.claim(key, 'a', longMs)
      equal(await store.complete(key, 'a', longMs), true)
      equal(await store.claim(key, 'a', longMs), { state: 'done' })
      equal(await store.claim(key, 'b', longMs), { state: 'done' })
    },
  },
  {
    name: 'gives a key that was released to the next',
    async run(store) {
      const key = newKey()
      await store.claim(key, 'a', longMs)
      equal(await store.release(key, 'a'), true)
      equal(await store.claim(key, 'b', longMs), { state: 'claimed' })
    },
  },
  {
    name: 'refuses everything to an owner that never claimed',
    async run(store) {
      const key = newKey()
      equal(await outcomes(store, key, 'stranger'), [false, false, false])
      await store.claim(key, 'a', longMs)
      equal(await outcomes(store, key, 'stranger'), [false, false, false])
      equal(await store.complete(key, 'a', longMs), true)
    },
  },
  {
    name: 'gives a key to the next once the lease has ended, and refuses everything to the owner that slept',
    async run(store) {
      const key = newKey()
      await store.claim(key, 'sleeper', shortMs)
      await until(async () => (await store.claim(key, 'b', longMs)).state === 'claimed')
      equal(await outcomes(store, key, 'sleeper'), [false, false, false])
      equal(await store.complete(key, 'b', longMs), true)
    },
  },
  {
    name: 'prolongs a lease from the moment it is asked to',
    async run(store) {
      const key = newKey()
      await store.claim(key, 'a', shortMs)
      equal(await store.renew(key, 'a', longMs), true)
      const ended = Date.now() + 1.5 * shortMs
      await until(async () => {
        ensure((await store.claim(key, 'b', longMs)).state === 'busy', 'the lease has ended')
        return Date.now() > ended
      })
    },
  },
  {
    name: 'changes nothing of an event that was handled',
    async run(store) {
      const key = newKey()
      await store.claim(key, 'a', longMs)
      await store.complete(key, 'a', longMs)
      equal(await outcomes(store, key, 'a'), [false, false, false])
      equal(await store.claim(key, 'b', longMs), { state: 'done' })
    },
  },
  {
    name: 'forgets an event that was handled after the time that it is kept',
    async run(store) {
      const key = newKey()
      await store.claim(key, 'a', longMs)
      await store.complete(key, 'a', shortMs)
      equal(await store.claim(key, 'b', longMs), { state: 'done' })
      await until(async () => (await store.claim(key, 'b', longMs)).state === 'claimed')
    },
  },
  {
    name: 'keeps keys apart',
    async run(store) {
      const [one, two] = [newKey(), newKey()]
      await store.claim(one, 'a', longMs)
      await store.complete(one, 'a', longMs)
      equal(await store.claim(two, 'a', longMs), { state: 'claimed' })
    },
  },
]

async function outcomes(store: IdempotencyStore, key: string, owner: string): Promise<readonly boolean[]> {
  return [
    await store.renew(key, owner, longMs),
    await store.complete(key, owner, longMs),
    await store.release(key, owner),
  ]
}

/** As those that the middleware makes: 64 hexadecimal digits. */
function newKey(): string {
  return (randomUUID() + randomUUID()).replaceAll('-', '')
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20 * shortMs
  while (!(await isTrue())) {
    ensure(Date.now() < deadline, `not so after ${20 * shortMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function equal(found: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(found), JSON.stringify(expected)]
  ensure(is === should, `expected ${should}, found ${is}`)
}

function ensure(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

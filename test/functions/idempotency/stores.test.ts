import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { afterAll, describe, expect, it } from '@jest/globals'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { connect, type NatsConnection } from 'nats'
import { createEvent, memory } from '../../../adapters/index.ts'
import { startServer } from '../../../dev/index.ts'
import {
  dynamodbStore,
  type IdempotencyStore,
  idempotent,
  memoryStore,
  natsKvStore,
  storeCases,
} from '../../../functions/idempotency/index.ts'
import { describeWith } from '../../dev/available.ts'
import { eventually } from '../../eventually.ts'
import { deaths, dyingAt, worker } from './process.ts'

const closing: (() => Promise<unknown> | void)[] = []
afterAll(async () => {
  for (const close of closing) await close()
})

function cases(open: () => Promise<IdempotencyStore>): void {
  const opened = open()
  // A store that cannot be opened fails each case.
  opened.catch(() => {})
  it.each(storeCases.map((each) => [each.name, each] as const))('%s', async (_, { run }) => {
    await run(await opened)
  })

  it.each(deaths)('counts the effects of a process that dies %s', async (where, call, when, expected) => {
    const store = await opened
    const event = createEvent({ type: 'order', source: '/shop', id: where })
    const { dying, dead } = dyingAt(store, call, when)
    let effects = 0
    void worker(dying, () => void effects++, lease)(event)
    await eventually('its death', () => dead.aborted)
    expect(await worker(store, () => void effects++, lease)(event)).toBe('ack')
    expect(effects).toBe(expected)
  })

  it('lets one of two processes handle an event that both have', async () => {
    const store = await opened
    const event = createEvent({ type: 'order', source: '/shop', id: 'at once' })
    let effects = 0
    const both = [1, 2].map(() => worker(store, () => void effects++, lease)(event))
    expect(await Promise.all(both)).toEqual(['ack', 'ack'])
    expect(effects).toBe(1)
  })

  it('takes no note of a process that stood still until its lease was over', async () => {
    const store = await opened
    const event = createEvent({ type: 'order', source: '/shop', id: 'zombie' })
    const handled: string[] = []
    let wake = () => {}
    const asleep = new Promise<void>((resolve) => {
      wake = resolve
    })
    const still: IdempotencyStore = { ...store, renew: () => new Promise<never>(() => {}) }
    const first = worker(
      still,
      async () => {
        handled.push('first')
        await asleep
      },
      lease,
    )(event)
    await eventually('the first', () => handled.length === 1)
    expect(await worker(store, () => void handled.push('second'), lease)(event)).toBe('ack')
    wake()
    expect(await first).toBe('nack')
    expect(await worker(store, () => void handled.push('third'), lease)(event)).toBe('ack')
    expect(handled).toEqual(['first', 'second'])
  })
}

/** As short as it may be: nobody prolongs a dead process's lease, so that others wait for its end. */
const lease = { leaseMs: 1_000 } as const

describe('the store in memory', () => {
  cases(async () => memoryStore())

  it('lets go of notes that have expired', async () => {
    let now = 0
    const store = memoryStore(() => now)
    for (let i = 0; i < 5_000; i++) {
      now += 10
      await store.claim(`k${i}`, 'a', 100)
      await store.complete(`k${i}`, 'a', 100)
    }
    expect(await store.claim('k4999', 'b', 100)).toEqual({ state: 'done' })
    expect(await store.claim('k0', 'b', 100)).toEqual({ state: 'claimed' })
  })
})

/** A bucket with replicas: a read may come from one that is behind, and two writes at once are refused by a code of their own. */
function replicated(refused: readonly number[] = [1]) {
  let kept: { revision: number; operation: string; value: Uint8Array } | undefined
  let writes = 0
  function write(value: Uint8Array, revision: number): number {
    if (refused.includes(++writes) || (kept?.revision ?? 0) !== revision)
      throw Object.assign(new Error('wrong last sequence'), { api_error: { err_code: 10164 } })
    kept = { revision: revision + 1, operation: 'PUT', value }
    return kept.revision
  }
  return {
    get: async () => null,
    create: async (_: string, value: Uint8Array) => write(value, 0),
    update: async (_: string, value: Uint8Array, revision: number) => write(value, revision),
    delete: async () => {
      kept = undefined
    },
  }
}

describe('the store in a NATS bucket with replicas', () => {
  it('claims again where another write was under way, and completes though its own claim cannot be read yet', async () => {
    const store = natsKvStore(replicated())
    expect(await store.claim('k', 'a', 1_000)).toEqual({ state: 'claimed' })
    expect(await store.renew('k', 'a', 1_000)).toBe(true)
    expect(await store.complete('k', 'a', 1_000)).toBe(true)
    expect(await store.complete('k', 'a', 1_000)).toBe(false)
  })

  it('keeps its claim where another write was under way and a replica does not show the claim', async () => {
    const store = natsKvStore(replicated([2, 4]))
    expect(await store.claim('k', 'a', 1_000)).toEqual({ state: 'claimed' })
    expect(await store.renew('k', 'a', 1_000)).toBe(true)
    expect(await store.complete('k', 'a', 1_000)).toBe(true)
  })
})

await describeWith('nats', 'the store in a NATS bucket', () => {
  let connection: NatsConnection | undefined

  async function bucket() {
    const server = await startServer('nats')
    connection = await connect({ servers: server.address })
    closing.push(
      () => connection?.close(),
      () => server.stop(),
    )
    return connection.jetstream().views.kv('handled', { history: 1 })
  }
  cases(async () => natsKvStore(await bucket()))

  it('can be checked, and leaves nothing behind', async () => {
    const kv = await connection?.jetstream().views.kv('checked', { history: 1 })
    if (kv === undefined) throw new Error('no connection')
    const store = natsKvStore(kv)
    await store.check?.()
    for await (const key of await kv.keys()) throw new Error(`left behind: ${key}`)
    await kv.destroy()
    await expect(store.check?.()).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' })
  })

  it('says so where the bucket holds something else', async () => {
    const kv = await connection?.jetstream().views.kv('foreign', { history: 1 })
    if (kv === undefined) throw new Error('no connection')
    await kv.put('k', 'something else')
    await expect(natsKvStore(kv).claim('k', 'a', 1_000)).rejects.toThrow(
      '[idempotency] the bucket holds something else under a key of a handled event',
    )
  })
})

async function makeTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName: name })
}

await describeWith('dynamodb', 'the store in a DynamoDB table', () => {
  let client: DynamoDBClient | undefined
  let address = ''

  async function table(): Promise<DynamoDBClient> {
    const server = await startServer('dynamodb')
    address = `http://${server.address}`
    const made = new DynamoDBClient({
      endpoint: address,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: new NodeHttpHandler(),
    })
    client = made
    closing.push(
      () => made.destroy(),
      () => server.stop(),
    )
    await makeTable(made, 'handled')
    return made
  }
  cases(async () => dynamodbStore({ table: 'handled', client: await table() }))

  it('finds the table by region and endpoint, with the credentials of the environment', async () => {
    process.env.AWS_ACCESS_KEY_ID = 'local'
    process.env.AWS_SECRET_ACCESS_KEY = 'local'
    try {
      const store = dynamodbStore({ table: 'handled', region: 'us-east-1', endpoint: address })
      expect(await store.claim('by-address', 'a', 1_000)).toEqual({ state: 'claimed' })
    } finally {
      delete process.env.AWS_ACCESS_KEY_ID
      delete process.env.AWS_SECRET_ACCESS_KEY
    }
  })

  it('says that the store failed where it does, and not that something was not published', async () => {
    const failing = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    })
    const store = dynamodbStore({ table: 'handled', client: failing })
    await expect(store.claim('k', 'a', 1_000)).rejects.toMatchObject({ code: 'ERR_STORE' })
    await expect(store.renew('k', 'a', 1_000)).rejects.toMatchObject({ code: 'ERR_STORE' })
    failing.destroy()
  })

  it('can be checked, by a use of all that it may do', async () => {
    await expect(dynamodbStore({ table: 'handled', client }).check?.()).resolves.toBeUndefined()
    await expect(dynamodbStore({ table: 'missing', client }).check?.()).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    })
  })

  it('costs no event where its table is missing, and handles all of them once it is there', async () => {
    if (client === undefined) throw new Error('no client')
    await using broker = memory()
    const kinds: string[] = []
    const seen: string[] = []
    broker.subscribe({ topic: 't', group: 'g' }, ({ id }) => void seen.push(id), {
      middleware: [idempotent(dynamodbStore({ table: 'late', client }), { scope: 'g' })],
      policy: { maxAttempts: 2, backoff: { initialMs: 1 } },
      observe: ({ kind }) => void kinds.push(kind),
    })
    await broker.publish(
      't',
      ['1', '2', '3'].map((id) => createEvent({ type: 't', source: '/test', id })),
    )
    await eventually('each was held three times', () => kinds.filter((kind) => kind === 'held').length >= 9)
    await makeTable(client, 'late')
    await eventually('all are handled', () => seen.length === 3)
    expect(new Set(kinds)).toEqual(new Set(['received', 'held', 'handled']))
  })

  it('says that credentials are a matter of configuration', async () => {
    const refusing = new DynamoDBClient({
      endpoint: address,
      region: 'us-east-1',
      credentials: () =>
        Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' })),
    })
    const check = dynamodbStore({ table: 'handled', client: refusing }).check?.()
    await expect(check).rejects.toMatchObject({ code: 'ERR_CONFIG' })
    refusing.destroy()
  })

  it('names the table that is missing, and how to make it', async () => {
    await expect(dynamodbStore({ table: 'missing', client }).claim('k', 'a', 1_000)).rejects.toThrow(
      /^\[idempotency\] table "missing" \(.*\): create it, with the partition key "id" of type S$/,
    )
  })
})

import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { afterAll, describe, expect, it } from '@jest/globals'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { connect, type NatsConnection } from 'nats'
import { startServer } from '../../../dev/index.ts'
import {
  dynamodbStore,
  type IdempotencyStore,
  memoryStore,
  natsKvStore,
  storeCases,
} from '../../../functions/idempotency/index.ts'
import { describeWith } from '../../dev/available.ts'

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
}

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

  it('says so where the bucket holds something else', async () => {
    const kv = await connection?.jetstream().views.kv('foreign', { history: 1 })
    if (kv === undefined) throw new Error('no connection')
    await kv.put('k', 'something else')
    await expect(natsKvStore(kv).claim('k', 'a', 1_000)).rejects.toThrow(
      '[idempotency] the bucket holds something else under a key of a handled event',
    )
  })
})

await describeWith('dynamodb', 'the store in a DynamoDB table', () => {
  let client: DynamoDBClient | undefined

  async function table(): Promise<DynamoDBClient> {
    const server = await startServer('dynamodb')
    const made = new DynamoDBClient({
      endpoint: `http://${server.address}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: new NodeHttpHandler(),
    })
    client = made
    closing.push(
      () => made.destroy(),
      () => server.stop(),
    )
    await made.send(
      new CreateTableCommand({
        TableName: 'handled',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
    await waitUntilTableExists({ client: made, maxWaitTime: 20, minDelay: 1 }, { TableName: 'handled' })
    return made
  }
  cases(async () => dynamodbStore({ table: 'handled', client: await table() }))

  it('names the table that is missing, and how to make it', async () => {
    await expect(dynamodbStore({ table: 'missing', client }).claim('k', 'a', 1_000)).rejects.toThrow(
      /^\[idempotency\] table "missing" \(.*\): create it, with the partition key "id" of type S$/,
    )
  })
})

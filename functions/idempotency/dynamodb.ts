import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { loadClient } from '../../adapters/core/client-package.ts'
import { messageOf, WaybillError } from '../../adapters/core/errors.ts'
import { isRecord } from '../../adapters/core/is-record.ts'
import { claimAgainst, type IdempotencyStore, type Note, tryOut } from './store.ts'

export interface DynamodbStoreOptions {
  /** A table whose partition key is the text `id`. Turn its time to live on for the attribute `expires`: it frees old notes. */
  readonly table: string
  /** Default: that of the environment. */
  readonly region?: string | undefined
  /** Default: that of the region. */
  readonly endpoint?: string | undefined
  /** Default: a client by the standard chain of AWS, for `region` and `endpoint`. */
  readonly client?: DynamoDBClient | undefined
}

type Dynamodb = typeof import('@aws-sdk/client-dynamodb')
type Item = Record<string, AttributeValue>

/** Seconds that the table keeps a note longer than it holds: time to live may strike at any moment after. */
const graceSeconds = 3_600

/**
 * Notes in a table of DynamoDB, each call one conditional write. The function needs `dynamodb:PutItem`, `GetItem`,
 * `UpdateItem` and `DeleteItem` on the table. Loads `@aws-sdk/client-dynamodb` at the first call.
 */
export function dynamodbStore(options: DynamodbStoreOptions): IdempotencyStore {
  const { table, region, endpoint, client } = options
  const place = { ...(region !== undefined && { region }), ...(endpoint !== undefined && { endpoint }) }
  let opened: Promise<{ readonly sdk: Dynamodb; readonly db: DynamoDBClient }> | undefined

  async function open() {
    opened ??= load().then((sdk) => ({ sdk, db: client ?? new sdk.DynamoDBClient(place) }))
    return opened
  }

  async function claim(key: string, owner: string, leaseMs: number): ReturnType<IdempotencyStore['claim']> {
    const { sdk, db } = await open()
    for (;;) {
      const now = Date.now()
      try {
        await db.send(
          new sdk.PutItemCommand({
            TableName: table,
            Item: itemOf(key, { state: 'claimed', owner, untilMs: now + leaseMs }),
            ConditionExpression: 'attribute_not_exists(id) OR untilMs <= :now',
            ExpressionAttributeValues: { ':now': { N: String(now) } },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        )
        return { state: 'claimed' }
      } catch (error) {
        if (!(error instanceof sdk.ConditionalCheckFailedException)) throw problem(table, error)
        const item = error.Item ?? (await read(sdk, db, key))
        // What was there a moment ago may be gone by now.
        const claimed = claimAgainst(item && noteOf(item), now, owner)
        if (claimed !== undefined) return claimed
      }
    }
  }

  async function read(sdk: Dynamodb, db: DynamoDBClient, key: string): Promise<Item | undefined> {
    const asked = new sdk.GetItemCommand({ TableName: table, Key: { id: { S: key } }, ConsistentRead: true })
    const { Item: item } = await db.send(asked).catch((error: unknown) => {
      throw problem(table, error)
    })
    return item
  }

  async function note(key: string, { state, owner, untilMs }: Note): Promise<boolean> {
    const { sdk, db } = await open()
    return succeeds(sdk, () =>
      db.send(
        new sdk.UpdateItemCommand({
          TableName: table,
          Key: { id: { S: key } },
          UpdateExpression: 'SET #state = :state, untilMs = :until, expires = :expires',
          ConditionExpression: '#owner = :owner AND #state = :claimed',
          ExpressionAttributeNames: { '#owner': 'owner', '#state': 'state' },
          ExpressionAttributeValues: {
            ':owner': { S: owner },
            ':claimed': { S: 'claimed' },
            ':state': { S: state },
            ':until': { N: String(untilMs) },
            ':expires': { N: String(expiresOf(untilMs)) },
          },
        }),
      ),
    )
  }

  async function release(key: string, owner: string): Promise<boolean> {
    const { sdk, db } = await open()
    return succeeds(sdk, () =>
      db.send(
        new sdk.DeleteItemCommand({
          TableName: table,
          Key: { id: { S: key } },
          ConditionExpression: '#owner = :owner AND #state = :claimed',
          ExpressionAttributeNames: { '#owner': 'owner', '#state': 'state' },
          ExpressionAttributeValues: { ':owner': { S: owner }, ':claimed': { S: 'claimed' } },
        }),
      ),
    )
  }

  async function succeeds(sdk: Dynamodb, write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write()
      return true
    } catch (error) {
      if (error instanceof sdk.ConditionalCheckFailedException) return false
      throw problem(table, error)
    }
  }

  const calls = {
    claim,
    renew: (key: string, owner: string, leaseMs: number) =>
      note(key, { state: 'claimed', owner, untilMs: Date.now() + leaseMs }),
    complete: (key: string, owner: string, keepMs: number) =>
      note(key, { state: 'done', owner, untilMs: Date.now() + keepMs }),
    release,
  }
  return { ...calls, check: () => tryOut(calls) }
}

function load(): Promise<Dynamodb> {
  return loadClient('idempotency', '@aws-sdk/client-dynamodb', () => import('@aws-sdk/client-dynamodb'))
}

/** No credentials, wrong ones, or a right that is missing. */
const denials =
  /^(AccessDenied|UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|ExpiredToken|CredentialsProviderError|TokenProviderError)/

function problem(table: string, cause: unknown): WaybillError {
  const name = isRecord(cause) && typeof cause.name === 'string' ? cause.name : ''
  const isMissing = name === 'ResourceNotFoundException'
  const advice = isMissing
    ? 'create it, with the partition key "id" of type S'
    : 'check endpoint, region, credentials and the rights to PutItem, GetItem, UpdateItem and DeleteItem'
  return new WaybillError(
    isMissing ? 'ERR_NOT_FOUND' : denials.test(name) ? 'ERR_CONFIG' : 'ERR_STORE',
    `table "${table}" (${messageOf(cause)}): ${advice}`,
    { adapter: 'idempotency', cause },
  )
}

function itemOf(key: string, { state, owner, untilMs }: Note): Item {
  return {
    id: { S: key },
    state: { S: state },
    owner: { S: owner },
    untilMs: { N: String(untilMs) },
    expires: { N: String(expiresOf(untilMs)) },
  }
}

function expiresOf(untilMs: number): number {
  return Math.ceil(untilMs / 1_000) + graceSeconds
}

function noteOf({ state, owner, untilMs }: Item): Note {
  return {
    state: state?.S === 'done' ? 'done' : 'claimed',
    owner: owner?.S ?? '',
    untilMs: Number(untilMs?.N ?? 0),
  }
}

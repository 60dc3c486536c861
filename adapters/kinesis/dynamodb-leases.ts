import type { AttributeValue, DynamoDB } from '@aws-sdk/client-dynamodb'
import type { Lease, LeaseStore } from './lease-store.ts'
import { faultOf, isMissing, problem, problemOf } from './problem.ts'

export interface DynamodbLeasesOptions {
  readonly dynamodb: DynamoDB
  readonly table: string
  /** Where DynamoDB is, for errors. */
  readonly place: string
}

/** Time that a new table has to get ready, in milliseconds. */
const tableMs = 60_000

/**
 * Leases in one table of DynamoDB: partition key `reader` (stream and group), sort key `name`. Every write is conditional on
 * the counter, so of two workers that steal at once, one succeeds.
 */
export function dynamodbLeases({ dynamodb, table, place }: DynamodbLeasesOptions): LeaseStore {
  const missing = `the lease table "${table}" does not exist at ${place}: create it with ensure, or correct "leaseTable"`

  async function call<T>(action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const { isPassing } = faultOf(error)
      // What passes is met where the call was made.
      if (isPassing || faultOf(error).name === 'ConditionalCheckFailedException') throw error
      const permission = `dynamodb:${action} on table ${table}`
      throw problemOf(`${action} of lease table "${table}"`, error, { permission, place, missing })
    }
  }

  async function conditionally(action: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await call(action, work)
      return true
    } catch (error) {
      if (faultOf(error).name === 'ConditionalCheckFailedException') return false
      throw error
    }
  }

  async function isActive(): Promise<boolean> {
    const { Table } = await dynamodb.describeTable({ TableName: table })
    return Table?.TableStatus === 'ACTIVE'
  }

  async function create(): Promise<void> {
    try {
      await dynamodb.createTable({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'reader', AttributeType: 'S' },
          { AttributeName: 'name', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'reader', KeyType: 'HASH' },
          { AttributeName: 'name', KeyType: 'RANGE' },
        ],
      })
    } catch (error) {
      // Another worker was first.
      if (faultOf(error).name !== 'ResourceInUseException') throw error
    }
  }

  return {
    async list(reader) {
      const leases: Lease[] = []
      let start: Record<string, AttributeValue> | undefined
      do {
        const from = start === undefined ? {} : { ExclusiveStartKey: start }
        const answer = await call('Query', () =>
          dynamodb.query({
            TableName: table,
            ConsistentRead: true,
            KeyConditionExpression: '#reader = :reader',
            ExpressionAttributeNames: { '#reader': 'reader' },
            ExpressionAttributeValues: { ':reader': { S: reader } },
            ...from,
          }),
        )
        for (const item of answer.Items ?? []) leases.push(leaseOf(item))
        start = answer.LastEvaluatedKey
      } while (start !== undefined)
      return leases
    },
    write: (reader, lease, seen) =>
      conditionally('PutItem', () =>
        dynamodb.putItem({ TableName: table, Item: itemOf(reader, lease), ...conditionOf(seen) }),
      ),
    remove: (reader, name, seen) =>
      conditionally('DeleteItem', () =>
        dynamodb.deleteItem({
          TableName: table,
          Key: { reader: { S: reader }, name: { S: name } },
          ...conditionOf(seen),
        }),
      ),
    async ensure() {
      const until = performance.now() + tableMs
      while (performance.now() < until) {
        try {
          if (await call('DescribeTable', isActiveOrMissing)) return
        } catch (error) {
          if (!faultOf(error).isPassing) throw error
        }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw problem('ERR_TIMEOUT', `the lease table "${table}" did not get ready: look at it in DynamoDB`)
    },
  }

  async function isActiveOrMissing(): Promise<boolean> {
    try {
      return await isActive()
    } catch (error) {
      if (!isMissing(error)) throw error
      await call('CreateTable', create)
      return false
    }
  }
}

function conditionOf(seen: number | undefined) {
  if (seen === undefined)
    return {
      ConditionExpression: 'attribute_not_exists(#reader)',
      ExpressionAttributeNames: { '#reader': 'reader' },
    }
  return {
    ConditionExpression: '#counter = :seen',
    ExpressionAttributeNames: { '#counter': 'counter' },
    ExpressionAttributeValues: { ':seen': { N: String(seen) } },
  }
}

function itemOf(reader: string, { name, owner, counter, checkpoint }: Lease): Record<string, AttributeValue> {
  return {
    reader: { S: reader },
    name: { S: name },
    counter: { N: String(counter) },
    ...(owner === undefined ? {} : { owner: { S: owner } }),
    ...(checkpoint === undefined ? {} : { checkpoint: { S: checkpoint } }),
  }
}

function leaseOf({ name, owner, counter, checkpoint }: Record<string, AttributeValue>): Lease {
  return {
    name: name?.S ?? '',
    counter: Number(counter?.N ?? 0),
    owner: owner?.S,
    checkpoint: checkpoint?.S,
  }
}

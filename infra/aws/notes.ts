import * as dynamodb from 'aws-cdk-lib/aws-dynamodb'
import * as iam from 'aws-cdk-lib/aws-iam'
import { Stack } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { PlacedFunction } from '../place.ts'
import type { Stage } from '../stage.ts'
import { removalOf } from './keeping.ts'
import { idOf } from './names.ts'

/** The table in which a function notes which events it has handled. */
function tableOf({ config: { idempotency } }: PlacedFunction) {
  const store = idempotency?.store
  return typeof store === 'object' && 'table' in store ? store : undefined
}

/** Makes the tables of notes, each once; one with a place of its own is somebody else's. */
export function addNotes(scope: Construct, functions: readonly PlacedFunction[], stage: Stage): void {
  const tables = functions.flatMap((fn) => tableOf(fn) ?? [])
  const own = tables.filter(({ region, endpoint }) => region === undefined && endpoint === undefined)
  for (const tableName of new Set(own.map(({ table }) => table)))
    new dynamodb.Table(scope, `${idOf(tableName)}Notes`, {
      // It is found by its name, as topics are.
      tableName,
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: 'expires',
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: removalOf(stage),
    })
}

/** What a function needs to note what it has handled. */
export function notesAccess(scope: Construct, fn: PlacedFunction): readonly iam.PolicyStatement[] {
  const store = tableOf(fn)
  if (store === undefined || store.endpoint !== undefined) return []
  const { table, region } = store
  const place = { service: 'dynamodb', resource: 'table', resourceName: table }
  const arn = Stack.of(scope).formatArn(region === undefined ? place : { ...place, region })
  return [
    new iam.PolicyStatement({
      actions: ['dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      resources: [arn],
    }),
  ]
}

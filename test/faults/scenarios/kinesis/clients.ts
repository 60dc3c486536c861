import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { dynamodbLeases } from '../../../../adapters/kinesis/dynamodb-leases.ts'
import type { LeaseStore } from '../../../../adapters/kinesis/lease-store.ts'
import type { World } from '../../world.ts'

const region = 'us-east-1'

/** AWS's own client, for what changes streams. Local servers speak HTTP/1.1, and its own choice is HTTP/2. */
export function streamsOf({ server }: World): Kinesis {
  const requestHandler = new NodeHttpHandler()
  return new Kinesis({ region, endpoint: `http://${server.address}`, requestHandler })
}

/** The table in which the workers of a world keep their leases. */
export function leasesOf({ beside }: World): LeaseStore {
  if (beside === undefined) throw new Error('there is no server with leases')
  const place = `http://${beside.address}`
  const dynamodb = new DynamoDB({ region, endpoint: place })
  return dynamodbLeases({ dynamodb, table: 'waybill-leases', place })
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { until } from '../../dev/until.ts'

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }

/** A client that tries once, so that what goes wrong is seen. */
export function kinesisAt(address: string): KinesisClient {
  // Local servers speak HTTP/1.1, and the client's own choice is HTTP/2.
  const requestHandler = new NodeHttpHandler()
  const endpoint = `http://${address}`
  return new KinesisClient({ endpoint, region: 'us-east-1', credentials, requestHandler, maxAttempts: 1 })
}

export function dynamodbAt(address: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: `http://${address}`,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  })
}

/** Creates a stream and waits until it can be used. */
export async function createStream(client: KinesisClient, name: string, shards = 1): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }))
  await until(
    async () => {
      const { StreamDescriptionSummary: summary } = await client.send(
        new DescribeStreamSummaryCommand({ StreamName: name }),
      )
      if (summary?.StreamStatus !== 'ACTIVE') throw new Error(`${name} is ${summary?.StreamStatus}`)
    },
    { deadlineMs: 10_000, signal: new AbortController().signal },
  )
}

import type { Target } from '../target.ts'

/** An AWS Lambda function behind Amazon MSK or a self-managed Kafka. */
export const lambdaKafkaTarget: Target = {
  sources: ['kafka'],
  binding: { tombstones: 'boolean', restorePartitionKey: 'boolean' },
  handler: 'index.handler',
  code: `
import { lambdaKafka } from 'waybill/lambda-kafka'
import { partialResponses } from 'waybill/entry'

export const handler = lambdaKafka({ ...fn, ...outlets, binding, partialResponses: partialResponses() })
`,
}

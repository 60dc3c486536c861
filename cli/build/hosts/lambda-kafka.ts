import type { Target } from '../target.ts'

/** An AWS Lambda function behind Amazon MSK or a self-managed Kafka. */
export const lambdaKafkaTarget: Target = {
  sources: ['kafka'],
  handler: 'index.handler',
  code: `
import { lambdaKafka } from 'waybill/lambda-kafka'
import { partialResponses } from 'waybill/entry'

const binding = bindingOf(config, source.broker, { tombstones: 'boolean', restorePartitionKey: 'boolean' })
export const handler = lambdaKafka({ ...fn, ...outlets, binding, partialResponses: partialResponses() })
`,
}

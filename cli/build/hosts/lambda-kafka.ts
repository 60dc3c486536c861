import type { Target } from '../target.ts'

/** An AWS Lambda function behind Amazon MSK or a self-managed Kafka. */
export const lambdaKafkaTarget: Target = {
  sources: ['kafka'],
  binding: { tombstones: 'boolean', restorePartitionKey: 'boolean' },
  handler: 'index.handler',
  code: `
import { lambdaKafka } from 'waybill/lambda-kafka'
import { partialResponses } from 'waybill/entry'

const settings = hosts['lambda-kafka'] ?? {}
export const handler = lambdaKafka({
  ...fn,
  ...outlets,
  binding,
  ...settings,
  partialResponses: partialResponses(settings.partialResponses),
})
`,
}

import type { Target } from '../target.ts'

/** An AWS Lambda function behind a Kinesis stream. */
export const lambdaKinesisTarget: Target = {
  sources: ['kinesis'],
  handler: 'index.handler',
  code: `
import { lambdaKinesis } from 'waybill/lambda-kinesis'
import { partialResponses } from 'waybill/entry'

const settings = hosts['lambda-kinesis'] ?? {}
export const handler = lambdaKinesis({
  ...fn,
  ...outlets,
  binding,
  ...settings,
  partialResponses: partialResponses(settings.partialResponses),
})
`,
}

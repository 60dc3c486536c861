import { describe, expect, it } from '@jest/globals'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { Stack } from 'aws-cdk-lib/core'
import { appOf, findingsOf, pipeline } from './deployed.ts'
import { scrubbed } from './scrubbed.ts'

function templatesOf(app: ReturnType<typeof appOf>): readonly [data: Template, functions: Template] {
  const [data, functions] = app.node.children.filter((child) => Stack.isStack(child))
  if (!Stack.isStack(data) || !Stack.isStack(functions)) throw new Error('there are not two stacks')
  return [Template.fromStack(data), Template.fromStack(functions)]
}

const usual = appOf('kinesis')
const findings = findingsOf(usual)
const [data, functions] = templatesOf(usual)

describe('the stacks of Kinesis', () => {
  it('are accepted by the schemas of CloudFormation, cdk-nag and the rules of the project, without a finding', () => {
    expect(findings).toEqual([])
  })

  it('are the same as ever', () => {
    expect(scrubbed(data.toJSON())).toMatchSnapshot()
    expect(scrubbed(functions.toJSON())).toMatchSnapshot()
  })

  it('keep what has data apart from what can be made anew', () => {
    expect(Object.keys(data.findResources('AWS::Lambda::Function'))).toEqual([])
    expect(Object.keys(functions.findResources('AWS::Kinesis::Stream'))).toEqual([])
    data.resourceCountIs('AWS::Kinesis::Stream', 3)
    functions.resourceCountIs('AWS::Lambda::EventSourceMapping', 2)
  })

  it('encrypt streams, keep them a day, and take what comes', () => {
    data.allResourcesProperties('AWS::Kinesis::Stream', {
      RetentionPeriodHours: 24,
      StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
    })
  })

  it('give every function its retries, age, split, partial responses, failures and counts', () => {
    functions.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      MaximumRetryAttempts: 2,
      MaximumRecordAgeInSeconds: 82_800,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::ImportValue': 'waybill-dev-kinesis-data-failures' } },
      },
      MetricsConfig: { Metrics: ['EventCount'] },
      StartingPosition: 'TRIM_HORIZON',
    })
  })

  it('run functions on arm64, with source maps, traces and logs that end', () => {
    functions.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps' } },
      TracingConfig: { Mode: 'Active' },
    })
    functions.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 })
  })

  it('allow a function to read its source, to write its sink and dead letter, and nothing else of Kinesis', () => {
    const policies = Object.values(functions.findResources('AWS::IAM::Policy'))
    const statements = policies.map((policy) => JSON.stringify(policy.Properties.PolicyDocument.Statement))
    const billing = statements.find((text) => text.includes('stream/orders')) ?? ''
    const mailing = statements.find((text) => !text.includes('stream/orders')) ?? ''
    expect(billing).toMatch(
      /"kinesis:PutRecords".*stream\/invoices.*stream\/dead-letters|stream\/dead-letters.*stream\/invoices/,
    )
    expect(mailing).toContain('stream/invoices')
    expect(mailing).not.toContain('PutRecords')
    expect(statements.join()).not.toMatch(/"kinesis:\*"|s3:GetObject|s3:DeleteObject/)
  })

  it('ring for lag, errors, throttles, dead letters and lost dead letters of every function', () => {
    functions.resourceCountIs('AWS::CloudWatch::Alarm', 10)
    functions.resourceCountIs('AWS::CloudWatch::Dashboard', 2)
    for (const MetricName of [
      'IteratorAge',
      'Errors',
      'Throttles',
      'OnFailureDestinationDeliveredEventCount',
      'DestinationDeliveryFailures',
    ])
      functions.hasResourceProperties('AWS::CloudWatch::Alarm', {
        MetricName,
        TreatMissingData: 'notBreaching',
      })
  })
})

describe('the stacks of Kinesis under a key of the team', () => {
  const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/12345678-90ab-cdef-1234-567890abcdef'
  const app = appOf('kinesis', pipeline({ kinesis: { keyArn } }))
  const found = findingsOf(app)
  const [kept, stateless] = templatesOf(app)

  it('have streams and failures under it, since both hold the events', () => {
    expect(found).toEqual([])
    kept.allResourcesProperties('AWS::Kinesis::Stream', {
      StreamEncryption: { EncryptionType: 'KMS', KeyId: keyArn },
    })
    kept.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { KMSMasterKeyID: keyArn, SSEAlgorithm: 'aws:kms' } },
        ],
      },
    })
    const grants = Object.values(stateless.findResources('AWS::IAM::Policy'))
    for (const { Properties } of grants) {
      const statements: readonly { Action: string | string[]; Resource: unknown }[] =
        Properties.PolicyDocument.Statement
      const ofKey = statements.filter(({ Resource }) => Resource === keyArn)
      expect(ofKey.flatMap(({ Action }) => Action).toSorted()).toEqual(['kms:Decrypt', 'kms:GenerateDataKey'])
    }
  })
})

describe('the stacks of Kinesis in production', () => {
  const notify = 'arn:aws:sns:eu-central-1:123456789012:alarms'
  const app = appOf(
    'kinesis',
    pipeline({
      stage: 'prod',
      project: 'shop',
      owner: 'payments',
      notify,
      region: 'eu-central-1',
      kinesis: {
        shards: 4,
        fanOut: true,
        failures: 'sqs',
        topics: { 'dead-letters': { retentionHours: 336 } },
      },
    }),
  )
  const found = findingsOf(app)
  const [kept, stateless] = templatesOf(app)

  it('keep their data when they go, for a week, and are protected', () => {
    expect(found).toEqual([])
    kept.allResources('AWS::Kinesis::Stream', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    kept.hasResourceProperties('AWS::Kinesis::Stream', {
      Name: 'orders',
      RetentionPeriodHours: 168,
      ShardCount: 4,
    })
    kept.hasResourceProperties('AWS::Kinesis::Stream', { Name: 'dead-letters', RetentionPeriodHours: 336 })
    expect(app.node.children.map((child) => Stack.isStack(child) && child.terminationProtection)).toContain(
      true,
    )
    stateless.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 })
  })

  it('send alarms to the topic, at once', () => {
    stateless.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [notify],
      EvaluationPeriods: 1,
    })
  })

  it('read by enhanced fan-out as the group, where that is wanted', () => {
    stateless.hasResourceProperties('AWS::Kinesis::StreamConsumer', { ConsumerName: 'billing' })
    stateless.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('BillingConsumer'), 'ConsumerARN'] },
    })
  })

  it('give each function a queue of its own for what fails', () => {
    kept.resourceCountIs('AWS::SQS::Queue', 2)
    kept.resourceCountIs('AWS::S3::Bucket', 0)
    kept.allResourcesProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    })
  })
})

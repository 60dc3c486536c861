import { describe, expect, it } from '@jest/globals'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as kinesis from 'aws-cdk-lib/aws-kinesis'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { allowing, type Mutation, saidOf, setTo, without } from './broken.ts'
import { pipeline } from './deployed.ts'

const mapping = 'AWS::Lambda::EventSourceMapping'
const stream = 'AWS::Kinesis::Stream'
const fn = 'AWS::Lambda::Function'
const bucket = 'AWS::S3::Bucket'

const mutations: readonly Mutation[] = [
  {
    what: 'an unencrypted stream',
    type: stream,
    change: without('StreamEncryption'),
    says: ['StreamEncryption', 'infra.kinesis.keyArn'],
  },
  {
    what: 'an unencrypted stream, for cdk-nag',
    type: stream,
    change: (r) => {
      if (r instanceof kinesis.CfnStream) r.streamEncryption = undefined
    },
    says: ['KDS1', 'encryption'],
  },
  {
    what: 'a retention below a day',
    type: stream,
    change: setTo('RetentionPeriodHours', 12),
    says: ['RetentionPeriodHours', 'infra.kinesis.retentionHours'],
  },
  {
    what: 'no failure destination',
    type: mapping,
    change: without('DestinationConfig'),
    says: ['DestinationConfig', 'infra.kinesis.failures'],
  },
  {
    what: 'partial responses off',
    type: mapping,
    change: without('FunctionResponseTypes'),
    says: ['FunctionResponseTypes', 'reportBatchItemFailures'],
  },
  {
    what: 'no split',
    type: mapping,
    change: setTo('BisectBatchOnFunctionError', false),
    says: ['BisectBatchOnFunctionError', 'bisectBatchOnError'],
  },
  {
    what: 'no age',
    type: mapping,
    change: without('MaximumRecordAgeInSeconds'),
    says: ['MaximumRecordAgeInSeconds', 'policy.maxAgeMs'],
  },
  {
    what: 'an endless age',
    type: mapping,
    change: setTo('MaximumRecordAgeInSeconds', -1),
    says: ['MaximumRecordAgeInSeconds', 'policy.maxAgeMs'],
  },
  {
    what: 'dead letters that nobody counts',
    type: mapping,
    change: without('MetricsConfig'),
    says: ['MetricsConfig', 'EventCount'],
  },
  {
    what: 'more calls of a shard than there can be',
    type: mapping,
    change: setTo('ParallelizationFactor', 11),
    says: ['ParallelizationFactor', '10'],
  },
  {
    what: 'an unknown property',
    type: mapping,
    change: setTo('MaxRetries', 3),
    says: ['MaxRetries', 'unexpected'],
  },
  {
    what: 'error controls without provisioned mode',
    type: mapping,
    change: (r) => {
      r.addPropertyOverride('Topics', ['orders'])
    },
    says: ['FunctionResponseTypes', 'infra.kafka.pollers'],
  },
  {
    what: 'pollers without a limit',
    type: mapping,
    change: (r) => {
      r.addPropertyOverride('Topics', ['orders'])
      r.addPropertyOverride('ProvisionedPollerConfig', { MinimumPollers: 1 })
    },
    says: ['MaximumPollers', 'infra.kafka.pollers.max'],
  },
  {
    what: 'an old runtime',
    type: fn,
    change: (r) => {
      if (r instanceof lambda.CfnFunction) r.runtime = 'nodejs22.x'
    },
    says: ['Runtime', 'use nodejs24.x'],
  },
  {
    what: 'a dearer processor',
    type: fn,
    change: setTo('Architectures', ['x86_64']),
    says: ['Architectures', 'use arm64'],
  },
  {
    what: 'no source maps',
    type: fn,
    change: setTo('Environment', { Variables: { NODE_OPTIONS: '--trace-warnings' } }),
    says: ['NODE_OPTIONS', '--enable-source-maps'],
  },
  { what: 'no traces', type: fn, change: without('TracingConfig'), says: ['TracingConfig', 'set tracing'] },
  {
    what: 'logs for ever',
    type: 'AWS::Logs::LogGroup',
    change: without('RetentionInDays'),
    says: ['RetentionInDays', 'set retention'],
  },
  {
    what: 'a function that runs for too long',
    type: fn,
    change: setTo('Timeout', 1_000),
    says: ['Timeout', '900'],
  },
  {
    what: 'all actions',
    type: 'AWS::IAM::Policy',
    change: allowing('kinesis:*', 'arn:aws:kinesis:*:*:stream/orders'),
    says: ['IAM5', 'wildcard'],
  },
  {
    what: 'all buckets',
    type: 'AWS::IAM::Policy',
    change: allowing('s3:GetObject', 'arn:aws:s3:::*'),
    says: ['IAM5', 'wildcard'],
  },
  {
    what: 'a managed policy',
    type: 'AWS::IAM::Role',
    change: (r) => {
      if (r instanceof iam.CfnRole)
        r.managedPolicyArns = ['arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole']
    },
    says: ['IAM4', 'managed'],
  },
  {
    what: 'failures that all may read',
    type: bucket,
    change: without('PublicAccessBlockConfiguration'),
    says: ['PublicAccessBlockConfiguration', 'blockPublicAccess'],
  },
  {
    what: 'failures for ever',
    type: bucket,
    change: without('LifecycleConfiguration'),
    says: ['LifecycleConfiguration', 'infra.kinesis.failureDays'],
  },
  {
    what: 'failures in the clear',
    type: bucket,
    change: without('BucketEncryption'),
    says: ['BucketEncryption', 'S3_MANAGED'],
  },
  {
    what: 'failures by plain HTTP',
    type: 'AWS::S3::BucketPolicy',
    change: (r) => {
      if (r instanceof s3.CfnBucketPolicy) r.policyDocument = { Version: '2012-10-17', Statement: [] }
    },
    says: ['S10', 'SSL'],
  },
  {
    what: 'an alarm that rings when it is quiet',
    type: 'AWS::CloudWatch::Alarm',
    change: setTo('TreatMissingData', 'breaching'),
    says: ['TreatMissingData', 'notBreaching'],
  },
]

const said = saidOf('kinesis', mutations, pipeline)

describe('a template for Kinesis that was broken', () => {
  it.each(mutations.map((mutation, at) => ({ ...mutation, at })))('is refused: $what', ({ says, at }) => {
    const texts = said[at] ?? []
    const [setting, fix] = says
    const isTold = texts.some((text) => text.includes(setting) && text.includes(fix))
    expect({ isTold, texts }).toEqual({ isTold: true, texts })
  })

  it('is not refused where it is sound', () => {
    expect(said.at(-1)).toEqual([])
  })
})

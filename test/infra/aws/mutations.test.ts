import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { type CfnResource, CfnResource as Resource } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as kinesis from 'aws-cdk-lib/aws-kinesis'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { resolveConfig } from '../../../cli/config/index.ts'
import { awsApp } from '../../../infra/aws/app.ts'
import { deploymentWith } from '../../../infra/deployments.ts'
import { bundlesFor, pipeline, temporary } from './deployed.ts'

/** One thing that somebody breaks in a template, and what must be said of it. */
interface Mutation {
  readonly what: string
  readonly type: string
  readonly change: (resource: CfnResource) => void
  /** The setting and the fix, in what is said. */
  readonly says: readonly [setting: string, fix: string]
}

const mapping = 'AWS::Lambda::EventSourceMapping'
const stream = 'AWS::Kinesis::Stream'
const fn = 'AWS::Lambda::Function'
const bucket = 'AWS::S3::Bucket'
const without = (property: string) => (resource: CfnResource) =>
  resource.addPropertyDeletionOverride(property)
const setTo = (property: string, value: unknown) => (resource: CfnResource) =>
  resource.addPropertyOverride(property, value)

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

function allowing(action: string, resource: string): Mutation['change'] {
  return (policy) => {
    if (policy instanceof iam.CfnPolicy)
      policy.policyDocument = {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
      }
  }
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string
      readonly description: string
      readonly fix?: string
      readonly violatingConstructs: readonly { readonly constructPath?: string }[]
    }[]
  }[]
}

/** What was said of each project. All mutations are in one app, each in a project of its own, so that they cost one validation. */
const said = validated()

function validated(): ReadonlyMap<string, readonly string[]> {
  const bundles = bundlesFor(['billing', 'mailing'])
  const projects = [...mutations.keys(), 'sound'].map((at) => `p${at}`)
  const outdir = temporary()
  const app = awsApp(
    projects.map((project) => deploymentWith(resolveConfig(pipeline({ project })), 'kinesis', bundles)),
    { outdir },
  )
  for (const [at, { type, change }] of mutations.entries()) {
    const target = app.node
      .findAll()
      .find(
        (node): node is CfnResource =>
          node.node.path.startsWith(`p${at}-dev-`) &&
          Resource.isCfnResource(node) &&
          node.cfnResourceType === type,
      )
    if (target === undefined) throw new Error(`there is no ${type}`)
    change(target)
  }
  const found = new Map<string, string[]>(projects.map((project) => [project, []]))
  try {
    app.synth()
  } catch {
    const report: Report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'))
    for (const { violations } of report.pluginReports)
      for (const { ruleName, description, fix = '', violatingConstructs } of violations)
        for (const { constructPath = '' } of violatingConstructs)
          found.get(constructPath.split('-')[0] ?? '')?.push(`${ruleName}: ${description} ${fix}`)
  }
  return found
}

describe('a template that was broken', () => {
  it.each(mutations.map((mutation, at) => ({ ...mutation, at })))('is refused: $what', ({ says, at }) => {
    const texts = said.get(`p${at}`) ?? []
    const [setting, fix] = says
    const isTold = texts.some((text) => text.includes(setting) && text.includes(fix))
    expect({ isTold, texts }).toEqual({ isTold: true, texts })
  })

  it('is not refused where it is sound', () => {
    expect(said.get('psound')).toEqual([])
  })
})

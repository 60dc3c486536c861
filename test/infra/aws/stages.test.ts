import { describe, expect, it } from '@jest/globals'
import { Template } from 'aws-cdk-lib/assertions'
import { Stack } from 'aws-cdk-lib/core'
import * as z from 'zod'
import { resolveConfig } from '../../../cli/config/index.ts'
import { awsApp } from '../../../infra/aws/app.ts'
import { deploymentWith } from '../../../infra/deployments.ts'
import { bundlesFor, pipeline, temporary } from './deployed.ts'

const platforms = ['kinesis', 'kafka', 'nats'] as const
const notify = 'arn:aws:sns:eu-central-1:123456789012:alarms'

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      DeletionPolicy: z.string().optional(),
      Properties: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
})

/** The stacks of every platform at one stage, by their names. */
function stacksAt(stage: 'dev' | 'prod') {
  const configs = platforms.map(() => resolveConfig(pipeline({ stage, notify })))
  const bundles = bundlesFor(['billing', 'mailing'])
  const app = awsApp(
    configs.map((config, at) => deploymentWith(config, platforms[at] ?? 'kinesis', bundles)),
    { outdir: temporary() },
  )
  const stacks = app.node.children.filter((child) => Stack.isStack(child))
  return stacks.map((stack) => ({
    name: stack.stackName,
    isProtected: stack.terminationProtection ?? false,
    resources: Object.values(templateSchema.parse(Template.fromStack(stack).toJSON()).Resources),
  }))
}

const stages = { dev: stacksAt('dev'), prod: stacksAt('prod') }

/** What is lost when it goes. */
const holding = [
  'AWS::EC2::Volume',
  'AWS::Kinesis::Stream',
  'AWS::MSK::Cluster',
  'AWS::MSK::Topic',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
]

describe.each(['dev', 'prod'] as const)('the stacks of %s', (stage) => {
  const stacks = stages[stage]
  const of = (type: string) =>
    stacks.flatMap(({ resources }) => resources.filter(({ Type }) => Type === type))

  it('are two for each platform: what keeps data, and what can be made anew', () => {
    expect(stacks.map(({ name }) => name)).toEqual(
      platforms.flatMap((platform) => [`waybill-${stage}-${platform}-data`, `waybill-${stage}-${platform}`]),
    )
    for (const { name, resources } of stacks) {
      const held = resources.filter(({ Type }) => holding.includes(Type))
      expect([name, held.length > 0]).toEqual([name, name.endsWith('-data')])
    }
  })

  it('let data go in dev, and keep and protect them in prod', () => {
    const policy = stage === 'prod' ? 'Retain' : 'Delete'
    for (const type of [...holding, 'AWS::Logs::LogGroup'])
      for (const resource of of(type)) expect([type, resource.DeletionPolicy]).toEqual([type, policy])
    for (const { name, isProtected } of stacks)
      expect([name, isProtected]).toEqual([name, stage === 'prod' && name.endsWith('-data')])
  })

  it('keep the network of brokers that stay, without which neither could go', () => {
    const [brokers] = stacks.filter(({ name }) => name.endsWith('kafka-data'))
    const around = [
      'AWS::EC2::VPC',
      'AWS::EC2::Subnet',
      'AWS::EC2::SecurityGroup',
      'AWS::EC2::SecurityGroupIngress',
      'AWS::MSK::Configuration',
    ]
    for (const type of around) {
      const found = brokers?.resources.filter(({ Type }) => Type === type) ?? []
      expect([type, found.length > 0]).toEqual([type, true])
      for (const { DeletionPolicy = 'Delete' } of found)
        expect([type, DeletionPolicy]).toEqual([type, stage === 'prod' ? 'Retain' : 'Delete'])
    }
  })

  it('keep logs for as long as the stage says', () => {
    const days = of('AWS::Logs::LogGroup').map(({ Properties }) => Properties.RetentionInDays)
    expect(new Set(days)).toEqual(new Set([stage === 'prod' ? 90 : 7]))
  })

  it('have a page for each function, and alarms that go to the topic', () => {
    expect(of('AWS::CloudWatch::Dashboard')).toHaveLength(2 * platforms.length)
    const alarms = of('AWS::CloudWatch::Alarm').filter(
      ({ Properties }) => !String(Properties.AlarmDescription).includes('scaling alarm'),
    )
    for (const { Properties } of alarms)
      expect([Properties.AlarmDescription, Properties.AlarmActions]).toEqual([
        Properties.AlarmDescription,
        [notify],
      ])
    for (const name of ['billing', 'mailing']) {
      const own = alarms.filter(({ Properties }) =>
        String(Properties.AlarmDescription).includes(`function ${name}: `),
      )
      // Five behind each mapping of Kinesis and Kafka, three of a worker.
      expect([name, own.length]).toEqual([name, 5 + 5 + 3])
    }
  })
})

describe('two stages in one account', () => {
  it('share no name but those that clients know', () => {
    const known = [
      'AWS::Kinesis::Stream',
      'AWS::MSK::Topic',
      'AWS::Route53::HostedZone',
      'AWS::Route53::RecordSet',
    ]
    const names = (stage: 'dev' | 'prod') =>
      stages[stage].flatMap(({ resources }) =>
        resources
          .filter(({ Type }) => !known.includes(Type))
          .flatMap(({ Type, Properties }) =>
            Object.entries(Properties).flatMap(([key, value]) =>
              typeof value === 'string' &&
              /^(Name|.+Name|Family)$/.test(key) &&
              !/^(Metric|PolicyName)/.test(key)
                ? [`${Type} ${key} ${value}`]
                : [],
            ),
          ),
      )
    const prod = new Set(names('prod'))
    expect(prod.size).toBeGreaterThan(0)
    expect(names('dev').filter((name) => prod.has(name))).toEqual([])
  })
})

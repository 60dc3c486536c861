import { describe, expect, it } from '@jest/globals'
import { Template } from 'aws-cdk-lib/assertions'
import { Stack } from 'aws-cdk-lib/core'
import { resolveConfig } from '../../../cli/config/index.ts'
import { awsApp } from '../../../infra/aws/app.ts'
import { deploymentWith } from '../../../infra/deployments.ts'
import { bundlesFor, findingsOf, pipeline, temporary } from './deployed.ts'

const platforms = ['kinesis', 'kafka', 'nats'] as const

/** `billing` publishes and has a table; `mailing` has one of somebody else. One app, since each is validated as a whole. */
const written = pipeline({}, { idempotency: { store: { table: 'handled' } } })
const mailing = {
  handler: './mailing.ts',
  source: { topic: 'invoices' },
  idempotency: { store: { table: 'others', region: 'eu-west-3' } },
}
const config = resolveConfig({ ...written, functions: { ...Object(written.functions), mailing } })
const bundles = bundlesFor(['billing', 'mailing'])
const app = awsApp(
  platforms.map((platform) => deploymentWith(config, platform, bundles)),
  { outdir: temporary() },
)
const findings = findingsOf(app)
const templates = new Map(
  app.node.children
    .filter((child) => Stack.isStack(child))
    .map((stack) => [stack.stackName, Template.fromStack(stack)]),
)

function templateOf(name: string): Template {
  const found = templates.get(name)
  if (found === undefined) throw new Error(`there is no stack ${name}`)
  return found
}

describe('the table of handled events', () => {
  it.each(platforms)('is made for %s, and its function may write it', (platform) => {
    const data = templateOf(`waybill-dev-${platform}-data`)
    data.resourceCountIs('AWS::DynamoDB::Table', 1)
    data.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'handled',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    })
    const policies = templateOf(`waybill-dev-${platform}`).findResources('AWS::IAM::Policy')
    expect(JSON.stringify(policies)).toMatch(
      /"dynamodb:DeleteItem","dynamodb:GetItem","dynamodb:PutItem","dynamodb:UpdateItem"\].{0,200}table\/handled/,
    )
  })

  it.each(platforms)('is somebody else’s on %s where it has a region of its own', (platform) => {
    expect(JSON.stringify(templateOf(`waybill-dev-${platform}`).toJSON())).toMatch(
      /dynamodb:eu-west-3:.{0,60}table\/others/,
    )
  })

  it('is reached from a network that has no way out', () => {
    const data = templateOf('waybill-dev-kafka-data')
    data.resourceCountIs('AWS::EC2::NatGateway', 0)
    const services = Object.values(data.findResources('AWS::EC2::VPCEndpoint')).map(({ Properties }) =>
      JSON.stringify(Properties.ServiceName),
    )
    expect(services.filter((name) => name.includes('.dynamodb'))).toHaveLength(1)
    templateOf('waybill-dev-kafka').hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Waybill: billing, reading topic orders',
      VpcConfig: { SecurityGroupIds: [{}] },
    })
  })

  it('is accepted by cdk-nag and the rules of the project', () => {
    expect(findings).toEqual([])
  })
})

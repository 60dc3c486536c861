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

const usual = appOf('kafka')
const findings = findingsOf(usual)
const [data, functions] = templatesOf(usual)

describe('the stacks of Kafka', () => {
  it('are accepted by the schemas of CloudFormation, cdk-nag and the rules of the project, without a finding', () => {
    expect(findings).toEqual([])
  })

  it('are the same as ever', () => {
    expect(scrubbed(data.toJSON())).toMatchSnapshot()
    expect(scrubbed(functions.toJSON())).toMatchSnapshot()
  })

  it('make three Express brokers in three zones, in by IAM and TLS alone', () => {
    data.hasResourceProperties('AWS::MSK::Cluster', {
      NumberOfBrokerNodes: 3,
      BrokerNodeGroupInfo: {
        InstanceType: 'express.m7g.large',
        ClientSubnets: [Match.anyValue(), Match.anyValue(), Match.anyValue()],
      },
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
      EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
    })
    data.resourceCountIs('AWS::EC2::NatGateway', 0)
  })

  it('make every topic: sources, sinks and dead letters', () => {
    data.resourceCountIs('AWS::MSK::Topic', 3)
    data.hasResourceProperties('AWS::MSK::Topic', {
      TopicName: 'orders',
      PartitionCount: 6,
      ReplicationFactor: 3,
      Configs: Buffer.from('retention.ms=86400000\n').toString('base64'),
    })
  })

  it('read in the provisioned mode, as the policy says', () => {
    functions.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      Topics: ['orders'],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'billing' },
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4, PollerGroupName: 'waybill-dev' },
      MaximumRetryAttempts: 2,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    })
  })

  it('allow a function its own cluster, topics and group, without a managed policy', () => {
    const policies = JSON.stringify(functions.findResources('AWS::IAM::Policy'))
    for (const action of ['Connect', 'DescribeGroup', 'AlterGroup', 'DescribeTopic', 'ReadData', 'WriteData'])
      expect(policies).toContain(`"kafka-cluster:${action}"`)
    expect(policies).toContain('/billing"')
    expect(policies).not.toContain('kafka-cluster:*')
    for (const role of Object.values(functions.findResources('AWS::IAM::Role')))
      expect(JSON.stringify(role)).not.toContain('AWSLambdaMSKExecutionRole')
  })

  it('give a function that publishes the network and the addresses of the cluster', () => {
    functions.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('billing'),
      VpcConfig: Match.anyValue(),
      Environment: { Variables: { WAYBILL_BROKER_MAIN: Match.anyValue() } },
    })
    functions.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('mailing'),
      VpcConfig: Match.absent(),
    })
  })
})

describe('a function inside the network of the brokers', () => {
  const hooked = {
    brokers: { main: 'memory://', hook: 'https://hooks.example/events' },
    functions: {
      billing: {
        handler: './billing.ts',
        source: { broker: 'main', topic: 'orders' },
        sink: { broker: 'hook', topic: 'invoices' },
        policy: { deadLetter: 'dead-letters' },
      },
    },
  }

  it('has no sink outside, which it could not reach', () => {
    expect(() => appOf('kafka', hooked)).toThrow(
      /functions\.billing\.sink: broker "hook" is not reached from the network of the cluster.*: leave policy\.deadLetter out/,
    )
  })

  it('is outside where it publishes nothing to them, and then has one', () => {
    const { billing } = hooked.functions
    const config = { ...hooked, functions: { billing: { ...billing, policy: {} } } }
    expect(() => appOf('kafka', config)).not.toThrow()
  })

  it('logs for as long as the stage says, as the function does that asks for the addresses', () => {
    functions.allResourcesProperties('AWS::Lambda::Function', {
      LoggingConfig: { LogGroup: Match.anyValue() },
    })
  })
})

describe('Kafka of others', () => {
  it('takes an MSK cluster that is there, whose network is needed to publish', () => {
    const arn = 'arn:aws:kafka:eu-central-1:123456789012:cluster/shop/abcd-1'
    expect(() => appOf('kafka', pipeline({ kafka: { cluster: { arn } } }))).toThrow(
      'infra.kafka.cluster.network: missing, and functions publish to the cluster from inside it: give { vpcId, subnetIds, securityGroupId }',
    )
    const network = {
      vpcId: 'vpc-0123456789abcdef0',
      subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      securityGroupId: 'sg-0123456789abcdef0',
    }
    const app = appOf('kafka', pipeline({ kafka: { cluster: { arn, network } } }))
    expect(findingsOf(app)).toEqual([])
    const [topics, readers] = templatesOf(app)
    topics.resourceCountIs('AWS::MSK::Cluster', 0)
    topics.allResourcesProperties('AWS::MSK::Topic', {
      Configs: Buffer.from('retention.ms=86400000\nmin.insync.replicas=2\n').toString('base64'),
    })
    topics.resourceCountIs('AWS::MSK::Topic', 3)
    readers.hasResourceProperties('AWS::Lambda::EventSourceMapping', { EventSourceArn: arn })
  })

  it('takes a self-managed cluster by its addresses and a secret', () => {
    const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-abc123'
    const app = appOf(
      'kafka',
      pipeline({ kafka: { cluster: { brokers: ['kafka.example:9096'], secretArn } } }),
    )
    expect(findingsOf(app)).toEqual([])
    const [, readers] = templatesOf(app)
    readers.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['kafka.example:9096'] } },
      SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: secretArn }],
    })
  })

  it('without pollers has none of the controls, and tells its functions', () => {
    const endless = { maxAttempts: Number.POSITIVE_INFINITY }
    const config = {
      brokers: { main: 'memory://' },
      functions: { billing: { handler: './billing.ts', source: { topic: 'orders' }, policy: endless } },
      infra: { kafka: { pollers: false } },
    }
    const app = appOf('kafka', config)
    expect(findingsOf(app)).toEqual([])
    const [, readers] = templatesOf(app)
    readers.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionResponseTypes: Match.absent(),
      MaximumRetryAttempts: Match.absent(),
      ProvisionedPollerConfig: Match.absent(),
    })
    readers.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { WAYBILL_PARTIAL_RESPONSES: 'false' } },
    })
  })
})

import { describe, expect, it } from '@jest/globals'
import * as msk from 'aws-cdk-lib/aws-msk'
import { allowing, type Mutation, saidOf, setTo, without } from './broken.ts'

const mapping = 'AWS::Lambda::EventSourceMapping'
const cluster = 'AWS::MSK::Cluster'
const topic = 'AWS::MSK::Topic'
const fn = 'AWS::Lambda::Function'
const alarm = 'AWS::CloudWatch::Alarm'

const mutations: readonly Mutation[] = [
  {
    what: 'brokers on the internet',
    type: cluster,
    change: setTo('BrokerNodeGroupInfo.ConnectivityInfo', {
      PublicAccess: { Type: 'SERVICE_PROVIDED_EIPS' },
    }),
    says: ['ConnectivityInfo.PublicAccess', 'set DISABLED'],
  },
  {
    what: 'a listener in the clear',
    type: cluster,
    change: setTo('EncryptionInfo.EncryptionInTransit.ClientBroker', 'TLS_PLAINTEXT'),
    says: ['EncryptionInTransit.ClientBroker', 'set it to TLS'],
  },
  {
    what: 'a listener in the clear, for cdk-nag',
    type: cluster,
    change: (r) => {
      if (r instanceof msk.CfnCluster)
        r.encryptionInfo = { encryptionInTransit: { clientBroker: 'PLAINTEXT', inCluster: true } }
    },
    says: ['MSK2', 'plaintext'],
  },
  {
    what: 'copies in the clear',
    type: cluster,
    change: setTo('EncryptionInfo.EncryptionInTransit.InCluster', false),
    says: ['EncryptionInTransit.InCluster', 'set it to true'],
  },
  {
    what: 'no encryption at all',
    type: cluster,
    change: without('EncryptionInfo'),
    says: ['EncryptionInTransit', 'set it to TLS'],
  },
  {
    what: 'brokers that let anybody in',
    type: cluster,
    change: setTo('ClientAuthentication.Unauthenticated.Enabled', true),
    says: ['ClientAuthentication.Unauthenticated', 'set it to false'],
  },
  {
    what: 'brokers that functions cannot log in to',
    type: cluster,
    change: setTo('ClientAuthentication.Sasl.Iam.Enabled', false),
    says: ['ClientAuthentication.Sasl.Iam', 'set it to true'],
  },
  {
    what: 'brokers that log nothing',
    type: cluster,
    change: without('LoggingInfo'),
    says: ['LoggingInfo.BrokerLogs', 'set cloudWatchLogs'],
  },
  {
    what: 'topics that whoever names them makes',
    type: 'AWS::MSK::Configuration',
    change: setTo('ServerProperties', 'auto.create.topics.enable=true\n'),
    says: ['ServerProperties', 'set auto.create.topics.enable=false'],
  },
  {
    what: 'one copy of each event',
    type: topic,
    change: setTo('ReplicationFactor', 1),
    says: ['ReplicationFactor', 'set it to 3'],
  },
  {
    what: 'a topic that keeps events as long as it likes',
    type: topic,
    change: setTo('Configs', Buffer.from('min.insync.replicas=2\n').toString('base64')),
    says: ['retention.ms', 'set infra.kafka.retentionHours'],
  },
  {
    what: 'brokers that any address reaches',
    type: 'AWS::EC2::SecurityGroup',
    change: setTo('SecurityGroupIngress', [
      { CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 9098, ToPort: 9098 },
    ]),
    says: ['SecurityGroupIngress', 'give a source security group'],
  },
  {
    what: 'brokers that any address reaches, by a rule of its own',
    type: 'AWS::EC2::SecurityGroupIngress',
    change: (r) => {
      r.addPropertyDeletionOverride('SourceSecurityGroupId')
      r.addPropertyOverride('CidrIp', '0.0.0.0/0')
    },
    says: ['SourceSecurityGroupId', 'give a source security group'],
  },
  {
    what: 'no failure destination',
    type: mapping,
    change: without('DestinationConfig'),
    says: ['DestinationConfig', 'infra.kafka.failures'],
  },
  {
    what: 'error controls without the provisioned mode',
    type: mapping,
    change: without('ProvisionedPollerConfig'),
    says: ['MaximumRetryAttempts needs the provisioned mode', 'give infra.kafka.pollers'],
  },
  {
    what: 'pollers without a limit',
    type: mapping,
    change: without('ProvisionedPollerConfig.MaximumPollers'),
    says: ['MaximumPollers', 'set infra.kafka.pollers.max'],
  },
  {
    what: 'partial responses off',
    type: mapping,
    change: without('FunctionResponseTypes'),
    says: ['FunctionResponseTypes', 'set reportBatchItemFailures'],
  },
  {
    what: 'no split',
    type: mapping,
    change: without('BisectBatchOnFunctionError'),
    says: ['BisectBatchOnFunctionError', 'set bisectBatchOnError'],
  },
  {
    what: 'no age',
    type: mapping,
    change: without('MaximumRecordAgeInSeconds'),
    says: ['MaximumRecordAgeInSeconds', 'set policy.maxAgeMs'],
  },
  {
    what: 'brokers of others without a login',
    type: mapping,
    change: (r) => {
      r.addPropertyDeletionOverride('EventSourceArn')
      r.addPropertyOverride('SelfManagedEventSource', {
        Endpoints: { KafkaBootstrapServers: ['kafka.example:9092'] },
      })
    },
    says: ['SourceAccessConfigurations', 'set infra.kafka.cluster.secretArn'],
  },
  {
    what: 'all of Kafka',
    type: 'AWS::IAM::Policy',
    change: allowing('kafka-cluster:*', '*'),
    says: ['IAM5', 'wildcard'],
  },
  {
    what: 'a password in the environment',
    type: fn,
    // The first is CDK's own.
    every: true,
    change: setTo('Environment.Variables.KAFKA_PASSWORD', 'hunter2'),
    says: ['Environment', 'fetch it from Secrets Manager'],
  },
  {
    what: 'logs for ever',
    type: 'AWS::Logs::LogGroup',
    change: without('RetentionInDays'),
    says: ['RetentionInDays', 'set retention'],
  },
  {
    what: 'no alarm for dead letters',
    type: alarm,
    every: true,
    change: setTo('MetricName', 'Duration'),
    says: ['OnFailureDestinationDeliveredEventCount', 'keep those of EventFunction'],
  },
  {
    what: 'no alarm for what is behind',
    type: alarm,
    every: true,
    change: setTo('MetricName', 'Errors'),
    says: ['IteratorAge or OffsetLag', 'keep those of EventFunction'],
  },
  {
    what: 'brokers of prod that go with their stack',
    type: cluster,
    change: (r) => {
      r.addPropertyOverride('Tags.stage', 'prod')
    },
    says: ['DeletionPolicy', 'set removalPolicy to RETAIN'],
  },
]

const said = saidOf('kafka', mutations, (infra) => ({
  brokers: { main: 'memory://' },
  functions: { billing: { handler: './billing.ts', source: { topic: 'orders' }, sink: 'invoices' } },
  infra,
}))

describe('a template for Kafka that was broken', () => {
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

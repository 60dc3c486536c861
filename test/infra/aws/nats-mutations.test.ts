import { describe, expect, it } from '@jest/globals'
import { allowing, type Mutation, saidOf, setTo, without } from './broken.ts'

const task = 'AWS::ECS::TaskDefinition'
const service = 'AWS::ECS::Service'
const disk = 'AWS::EC2::Volume'
const alarm = 'AWS::CloudWatch::Alarm'
const container = 'ContainerDefinitions.0'

const mutations: readonly Mutation[] = [
  {
    what: 'a disk in the clear',
    type: disk,
    change: setTo('Encrypted', false),
    says: ['Encrypted', 'set encrypted'],
  },
  {
    what: 'a disk of the system in the clear',
    type: 'AWS::EC2::Instance',
    change: setTo('BlockDeviceMappings.0.Ebs.Encrypted', false),
    says: ['BlockDeviceMappings', 'set encrypted'],
  },
  {
    what: 'a server on the internet',
    type: 'AWS::EC2::Instance',
    change: setTo('NetworkInterfaces', [{ DeviceIndex: '0', AssociatePublicIpAddress: true }]),
    says: ['NetworkInterfaces', 'leave it out'],
  },
  {
    what: 'a role that a forged request reads',
    type: 'AWS::EC2::LaunchTemplate',
    change: setTo('LaunchTemplateData.MetadataOptions.HttpTokens', 'optional'),
    says: ['HttpTokens', 'set requireImdsv2'],
  },
  {
    what: 'servers that any address reaches',
    type: 'AWS::EC2::SecurityGroup',
    change: setTo('SecurityGroupIngress', [
      { CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 4222, ToPort: 4222 },
    ]),
    says: ['SecurityGroupIngress', 'give a source security group'],
  },
  {
    what: 'servers that any address reaches, by a rule of its own',
    type: 'AWS::EC2::SecurityGroupIngress',
    change: (r) => {
      r.addPropertyDeletionOverride('SourceSecurityGroupId')
      r.addPropertyOverride('CidrIp', '0.0.0.0/0')
    },
    says: ['SourceSecurityGroupId', 'give a source security group'],
  },
  {
    what: 'a login in the template',
    type: 'AWS::SecretsManager::Secret',
    change: (r) => {
      r.addPropertyDeletionOverride('GenerateSecretString')
      r.addPropertyOverride('SecretString', '{"user":"waybill","password":"hunter2"}')
    },
    says: ['SecretString', 'use generateSecretString'],
  },
  {
    what: 'a password in the environment',
    type: task,
    change: setTo(`${container}.Environment.0`, { Name: 'NATS_PASSWORD', Value: 'hunter2' }),
    says: ['Environment has a secret', 'move it to Secrets'],
  },
  {
    what: 'a password in a URL',
    type: task,
    change: setTo(`${container}.Environment.0`, {
      Name: 'WAYBILL_BROKER_MAIN',
      Value: 'jetstream://waybill:hunter2@n1.nats.internal:4222',
    }),
    says: ['Environment has a URL', 'infra.nats.credentialsArn'],
  },
  {
    what: 'a worker that can change its code',
    type: task,
    change: setTo(`${container}.ReadonlyRootFilesystem`, false),
    says: ['ReadonlyRootFilesystem', 'set readonlyRootFilesystem'],
  },
  {
    what: 'a worker that may hang',
    type: task,
    change: without(`${container}.HealthCheck`),
    says: ['HealthCheck', 'set healthCheck to /livez'],
  },
  {
    what: 'a worker that is killed before it has drained',
    type: task,
    change: without(`${container}.StopTimeout`),
    says: ['StopTimeout', 'set it above policy.drainMs'],
  },
  {
    what: 'a worker that logs nothing',
    type: task,
    change: without(`${container}.LogConfiguration`),
    says: ['LogConfiguration', 'set logging'],
  },
  {
    what: 'a worker that does not tell how far it is behind',
    type: task,
    change: setTo(`${container}.Environment`, [{ Name: 'PORT', Value: '8080' }]),
    says: ['WAYBILL_STATUS_SECONDS', 'keep it in the environment'],
  },
  {
    what: 'a worker without a dead letter',
    type: task,
    change: (r) => r.addMetadata('Waybill', { function: 'billing', topic: 'orders' }),
    says: ['deadLetter', 'make workers by EventWorker'],
  },
  {
    what: 'workers on the internet',
    type: service,
    change: setTo('NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp', 'ENABLED'),
    says: ['AssignPublicIp', 'set DISABLED'],
  },
  {
    what: 'a bad version that starts for ever',
    type: service,
    change: without('DeploymentConfiguration.DeploymentCircuitBreaker'),
    says: ['DeploymentCircuitBreaker', 'set circuitBreaker'],
  },
  {
    what: 'a worker that may do everything',
    type: 'AWS::IAM::Policy',
    change: allowing('secretsmanager:*', '*'),
    says: ['IAM5', 'wildcard'],
  },
  {
    what: 'logs for ever',
    type: 'AWS::Logs::LogGroup',
    change: without('RetentionInDays'),
    says: ['RetentionInDays', 'set retention'],
  },
  {
    what: 'dead letters that nobody counts',
    type: 'AWS::Logs::MetricFilter',
    every: true,
    change: setTo('MetricTransformations.0.MetricValue', '1'),
    says: ['$.deadLettered', 'keep those of EventWorker'],
  },
  {
    what: 'no alarm for dead letters',
    type: alarm,
    every: true,
    change: setTo('MetricName', 'waybill-dev-billing-lag'),
    says: ['MetricName of dead letters', 'keep those of EventWorker'],
  },
  {
    what: 'no alarm for what is behind',
    type: alarm,
    every: true,
    change: setTo('MetricName', 'waybill-dev-billing-deadletters'),
    says: ['MetricName of lag', 'keep those of EventWorker'],
  },
  {
    what: 'a worker that may be gone without a word',
    type: alarm,
    every: true,
    change: setTo('TreatMissingData', 'notBreaching'),
    says: ['TreatMissingData', 'set it for the alarm of lag'],
  },
  {
    what: 'a disk of prod that goes with its stack',
    type: disk,
    change: setTo('Tags.2.Value', 'prod'),
    says: ['DeletionPolicy', 'set removalPolicy to RETAIN'],
  },
]

const said = saidOf('nats', mutations, (infra) => ({
  brokers: { main: 'memory://' },
  functions: { billing: { handler: './billing.ts', source: { topic: 'orders' }, sink: 'invoices' } },
  infra,
}))

describe('a template for NATS that was broken', () => {
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

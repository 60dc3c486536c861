import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as msk from 'aws-cdk-lib/aws-msk'
import { Stack, type StackProps } from 'aws-cdk-lib/core'
import * as custom from 'aws-cdk-lib/custom-resources'
import { Construct } from 'constructs'
import type { FunctionBundle } from '../bundles.ts'
import type { KafkaFunction, KafkaPlan } from '../kafka.ts'
import type { Stage } from '../stage.ts'
import { acknowledge } from './acknowledge.ts'
import { EventFunction } from './event-function.ts'
import type { EventSource, Network } from './event-source.ts'
import type { FailureDestination } from './failure-destination.ts'
import { addFailures } from './failures.ts'
import { ExpressCluster } from './kafka-cluster.ts'
import { mskSource, selfManagedSource } from './kafka-source.ts'
import { addLogs, removalOf } from './keeping.ts'
import { mskPublishing, networkInterfaces } from './msk.ts'
import { idOf } from './names.ts'
import { addNotes, notesAccess } from './notes.ts'

/** Copies of each partition; Express brokers take no other number. */
const replicationFactor = 3

/** What keeps data: the cluster where it is ours, topics where it is MSK's, and where what failed is kept. */
export class KafkaDataStack extends Stack {
  readonly clusterArn: string | undefined
  readonly network: Network | undefined
  readonly failuresOf: (name: string) => FailureDestination

  constructor(scope: Construct, id: string, plan: KafkaPlan, props: StackProps) {
    super(scope, id, props)
    const { cluster, stage } = plan
    if (cluster.kind === 'express') {
      const made = new ExpressCluster(this, 'Kafka', cluster, stage)
      this.clusterArn = made.arn
      this.network = {
        vpc: made.vpc,
        subnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
        securityGroups: [made.securityGroup],
      }
    } else if (cluster.kind === 'msk') this.clusterArn = cluster.arn
    if (this.clusterArn !== undefined)
      for (const { topic, partitions, retentionHours } of plan.topics) {
        // Express brokers have two in sync, whatever a topic says.
        const inSync = cluster.kind === 'express' ? '' : 'min.insync.replicas=2\n'
        const configs = `retention.ms=${retentionHours * 3_600_000}\n${inSync}`
        new msk.CfnTopic(this, `${idOf(topic)}Topic`, {
          clusterArn: this.clusterArn,
          topicName: topic,
          partitionCount: partitions,
          replicationFactor,
          configs: Buffer.from(configs).toString('base64'),
        }).applyRemovalPolicy(removalOf(stage))
      }
    addNotes(this, plan.functions, stage)
    this.failuresOf = addFailures(this, plan.functions, stage)
  }
}

/** What can be made anew: functions, event source mappings, alarms. */
export class KafkaStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    plan: KafkaPlan,
    data: KafkaDataStack,
    bundles: readonly FunctionBundle[],
    props: StackProps,
  ) {
    super(scope, id, props)
    // Topics are found by their names alone, so nothing else says that they come first.
    this.addStackDependency(data)
    const isPublished = plan.functions.some(({ publishes }) => publishes.length > 0)
    const network = isPublished ? (data.network ?? existing(this, plan)) : undefined
    const addresses =
      isPublished && data.clusterArn !== undefined
        ? bootstrapOf(this, data.clusterArn, plan.stage)
        : undefined
    // By themselves, so that a function may be called as anything else here.
    const functions = new Construct(this, 'Functions')
    for (const fn of plan.functions) {
      const { name } = fn.config
      const publishing = publishingOf(this, fn, data.clusterArn)
      new EventFunction(functions, idOf(name), {
        name,
        bundles,
        source: sourceOf(this, plan, fn, data.clusterArn),
        failures: data.failuresOf(name),
        stage: plan.stage,
        memoryMb: fn.memoryMb,
        publishing: [
          ...publishing,
          ...(publishing.length === 0 || network === undefined ? [] : [networkInterfaces()]),
          ...notesAccess(this, fn),
        ],
        environment: {
          ...(!fn.compiled.settings.partialResponses && { WAYBILL_PARTIAL_RESPONSES: 'false' }),
          ...(addresses !== undefined &&
            Object.fromEntries(fn.variables.map((variable) => [variable, `kafka://${addresses}`]))),
        },
        network: publishing.length === 0 ? undefined : network,
      })
    }
  }
}

function sourceOf(
  scope: Construct,
  plan: KafkaPlan,
  { config, compiled }: KafkaFunction,
  clusterArn: string | undefined,
): EventSource {
  const { topic, group } = config.source
  const options = { topic, group, settings: compiled.settings, after: [] }
  if (plan.cluster.kind === 'self') return selfManagedSource(plan.cluster, options)
  if (clusterArn === undefined) throw new Error('the plan has no cluster')
  return mskSource(scope, clusterArn, options)
}

function publishingOf(
  scope: Construct,
  { publishes }: KafkaFunction,
  clusterArn: string | undefined,
): readonly iam.PolicyStatement[] {
  return clusterArn === undefined ? [] : publishes.flatMap((topic) => mskPublishing(scope, clusterArn, topic))
}

function existing(scope: Construct, { cluster }: KafkaPlan): Network | undefined {
  if (cluster.kind !== 'msk' || cluster.network === undefined) return undefined
  const { vpcId, subnetIds, securityGroupId } = cluster.network
  const subnets = subnetIds.map((subnetId, at) => ec2.Subnet.fromSubnetId(scope, `Subnet${at}`, subnetId))
  return {
    vpc: ec2.Vpc.fromVpcAttributes(scope, 'Network', {
      vpcId,
      availabilityZones: subnetIds.map((_, at) => `${at}`),
      privateSubnetIds: [...subnetIds],
    }),
    subnets: { subnets },
    securityGroups: [
      ec2.SecurityGroup.fromSecurityGroupId(scope, 'Access', securityGroupId, { mutable: false }),
    ],
  }
}

/** CloudFormation does not tell the addresses of a cluster, so they are asked for once. */
function bootstrapOf(scope: Construct, clusterArn: string, stage: Stage): string {
  const asked = new custom.AwsCustomResource(scope, 'Addresses', {
    onUpdate: {
      service: 'Kafka',
      action: 'getBootstrapBrokers',
      parameters: { ClusterArn: clusterArn },
      outputPaths: ['BootstrapBrokerStringSaslIam'],
      physicalResourceId: custom.PhysicalResourceId.of('addresses'),
    },
    policy: custom.AwsCustomResourcePolicy.fromStatements([
      new iam.PolicyStatement({ actions: ['kafka:GetBootstrapBrokers'], resources: [clusterArn] }),
    ]),
    installLatestAwsSdk: false,
    logGroup: addLogs(scope, 'AddressesLogs', stage),
  })
  const why =
    'The function with which CDK asks for the addresses is its own: one call at deployment, of one action on one cluster.'
  for (const child of Stack.of(scope).node.children)
    if (child.node.id.startsWith('AWS679f53fac002430cb0da5b7982bd2287'))
      acknowledge(child, {
        'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]':
          why,
        'AwsSolutions-L1': why,
      })
  return asked.getResponseField('BootstrapBrokerStringSaslIam')
}

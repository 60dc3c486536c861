import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as secrets from 'aws-cdk-lib/aws-secretsmanager'
import { Stack, type StackProps } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { variableOf } from '../../cli/config/broker-url.ts'
import type { FunctionBundle } from '../bundles.ts'
import type { NatsFunction, NatsPlan } from '../nats.ts'
import { EventWorker, secretOf } from './event-worker.ts'
import { idOf } from './names.ts'
import { NatsCluster } from './nats-cluster.ts'
import { addNetwork } from './network.ts'
import { addNotes } from './notes.ts'

/** What keeps data: the servers where they are ours. The network is here too, since they live in it. */
export class NatsDataStack extends Stack {
  readonly vpc: ec2.IVpc
  readonly subnets: ec2.SubnetSelection
  readonly cluster: NatsCluster | undefined

  constructor(scope: Construct, id: string, plan: NatsPlan, props: StackProps) {
    super(scope, id, props)
    const { stage, servers, vpc } = plan
    if (vpc === undefined) {
      this.vpc = addNetwork(this, 'Network', { stage, hasEgress: true })
      this.subnets = { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }
    } else {
      const { vpcId, subnetIds } = vpc
      this.vpc = ec2.Vpc.fromVpcAttributes(this, 'Network', {
        vpcId,
        availabilityZones: subnetIds.map((_, at) => `${at}`),
        privateSubnetIds: [...subnetIds],
      })
      this.subnets = {
        subnets: subnetIds.map((subnetId, at) => ec2.Subnet.fromSubnetId(this, `Subnet${at}`, subnetId)),
      }
    }
    addNotes(this, plan.functions, stage)
    this.cluster = servers && new NatsCluster(this, 'Nats', servers, this.vpc, stage)
  }
}

/** What can be made anew: a service on Fargate for each function. */
export class NatsStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    plan: NatsPlan,
    data: NatsDataStack,
    bundles: readonly FunctionBundle[],
    props: StackProps,
  ) {
    super(scope, id, props)
    this.addStackDependency(data)
    const cluster: unknown = new ecs.Cluster(this, 'Workers', {
      vpc: data.vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    })
    if (!isCluster(cluster)) throw new Error('a cluster is no cluster')
    const outgoing = new ec2.SecurityGroup(this, 'Outgoing', {
      vpc: data.vpc,
      description: 'Workers, which nobody connects to',
      allowAllOutbound: true,
    })
    const { credentialsArn } = plan
    const credentials =
      credentialsArn === undefined ? {} : { NATS_CREDS: secretOf(this, 'Credentials', credentialsArn) }
    const made =
      data.cluster && secrets.Secret.fromSecretCompleteArn(this, 'Login', data.cluster.login.secretArn)
    const login = made && {
      NATS_USER: ecs.Secret.fromSecretsManager(made, 'user'),
      NATS_PASSWORD: ecs.Secret.fromSecretsManager(made, 'password'),
    }
    // By themselves, so that a function may be called as anything else here.
    const functions = new Construct(this, 'Functions')
    for (const fn of plan.functions)
      new EventWorker(functions, idOf(fn.config.name), {
        fn,
        bundles,
        cluster,
        stage: plan.stage,
        subnets: data.subnets,
        securityGroups: data.cluster === undefined ? [outgoing] : [outgoing, data.cluster.securityGroup],
        environment: environmentOf(fn, data.cluster),
        secrets: { ...credentials, ...login },
      })
  }
}

/** The class and its interface differ in whether an optional property may be `undefined`. */
function isCluster(value: unknown): value is ecs.ICluster {
  return value instanceof ecs.Cluster
}

/** The URL of the source's broker with what the policy needs of it. */
function environmentOf(
  { compiled, variables, servers, config }: NatsFunction,
  cluster: NatsCluster | undefined,
) {
  const { parameters } = compiled.settings
  const url = `jetstream://${cluster?.addresses ?? servers ?? ''}?${new URLSearchParams(parameters).toString()}`
  return Object.fromEntries(
    [...new Set([variableOf(config.source.broker), ...variables])].map((name) => [name, url]),
  )
}

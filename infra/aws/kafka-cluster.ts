import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as msk from 'aws-cdk-lib/aws-msk'
import { Duration, RemovalPolicies } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { KafkaCluster as ClusterPlan } from '../kafka.ts'
import type { Stage } from '../stage.ts'
import { acknowledge } from './acknowledge.ts'
import { alarmsOf } from './alarm.ts'
import { addLogs, removalOf } from './keeping.ts'
import { addNetwork } from './network.ts'

type Express = Extract<ClusterPlan, { kind: 'express' }>

/** MSK Developer Guide, "Port information": SASL/IAM inside the network. */
const iamPort = 9_098
const zones = 3

/** Three Express brokers in a network of their own; in by IAM and TLS alone. */
export class ExpressCluster extends Construct {
  readonly arn: string
  readonly vpc: ec2.IVpc
  readonly securityGroup: ec2.SecurityGroup

  constructor(scope: Construct, id: string, { instance, hasTopicMetrics }: Express, stage: Stage) {
    super(scope, id)
    this.vpc = addNetwork(this, 'Network', { stage, hasEgress: false })
    this.securityGroup = new ec2.SecurityGroup(this, 'Access', {
      vpc: this.vpc,
      description: 'Brokers and whoever speaks with them',
      allowAllOutbound: false,
    })
    // Pollers of Lambda get the groups of the cluster, so that it has to let itself in.
    this.securityGroup.addIngressRule(this.securityGroup, ec2.Port.tcp(iamPort), 'Kafka by IAM')
    this.securityGroup.addEgressRule(this.securityGroup, ec2.Port.tcp(iamPort), 'Kafka by IAM')
    this.securityGroup.addEgressRule(
      ec2.Peer.anyIpv4(),
      ec2.Port.tcp(443),
      'S3 and DynamoDB, by gateway endpoints',
    )
    const logGroup = addLogs(this, 'BrokerLogs', stage)
    const name = `${stage.project}-${stage.name}`
    const configuration = new msk.CfnConfiguration(this, 'Configuration', {
      name,
      serverProperties: 'auto.create.topics.enable=false\n',
    })
    const cluster = new msk.CfnCluster(this, 'Cluster', {
      clusterName: name,
      kafkaVersion: '3.9.x',
      numberOfBrokerNodes: zones,
      brokerNodeGroupInfo: {
        instanceType: instance,
        clientSubnets: this.vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
        securityGroups: [this.securityGroup.securityGroupId],
      },
      clientAuthentication: {
        sasl: { iam: { enabled: true }, scram: { enabled: false } },
        unauthenticated: { enabled: false },
      },
      encryptionInfo: { encryptionInTransit: { clientBroker: 'TLS', inCluster: true } },
      enhancedMonitoring: hasTopicMetrics ? 'PER_TOPIC_PER_BROKER' : 'DEFAULT',
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logGroup.logGroupName } } },
      configurationInfo: { arn: configuration.attrArn, revision: 1 },
    })
    cluster.applyRemovalPolicy(removalOf(stage))
    this.arn = cluster.attrArn
    addBrokerAlarms(this, name, stage)
    // Brokers that stay need their network and configuration, and these could not go either.
    if (stage.keepsData)
      RemovalPolicies.of(this).retain({
        excludeResourceTypes: [cloudwatch.CfnAlarm.CFN_RESOURCE_TYPE_NAME],
      })
    acknowledge(this.securityGroup, {
      'AwsSolutions-EC23': 'It lets nobody in but itself.',
    })
  }
}

function addBrokerAlarms(scope: Construct, clusterName: string, stage: Stage): void {
  const addAlarm = alarmsOf(scope, stage, 'Kafka')
  const add = (metricName: string, threshold: number, text: string) => {
    const metric = new cloudwatch.Metric({
      namespace: 'AWS/Kafka',
      metricName,
      dimensionsMap: { 'Cluster Name': clusterName },
      statistic: 'Maximum',
      period: Duration.minutes(5),
    })
    addAlarm({ id: metricName, metric, threshold, text })
  }
  add('OfflinePartitionsCount', 1, 'partitions have no leader and take nothing')
  add('UnderMinIsrPartitionCount', 1, 'partitions have too few copies and take nothing')
  add('CpuUser', 60, 'brokers need a larger type, or more of them')
}

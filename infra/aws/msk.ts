import * as iam from 'aws-cdk-lib/aws-iam'
import { Fn, Stack } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'

/** What the function of an event source mapping does with Kafka's control plane, and with the interfaces of its network. */
export function mskReading(
  scope: Construct,
  clusterArn: string,
  topic: string,
  group: string,
): readonly iam.PolicyStatement[] {
  const at = named(scope, clusterArn)
  return [
    new iam.PolicyStatement({
      actions: ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
      resources: [clusterArn],
    }),
    new iam.PolicyStatement({
      actions: ['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'],
      resources: [clusterArn],
    }),
    new iam.PolicyStatement({
      actions: [
        'kafka-cluster:DescribeTopic',
        'kafka-cluster:DescribeTopicDynamicConfiguration',
        'kafka-cluster:ReadData',
      ],
      resources: [at('topic', topic)],
    }),
    new iam.PolicyStatement({
      actions: ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
      resources: [at('group', group)],
    }),
    networkInterfaces(),
  ]
}

/** What publishing to a topic takes. */
export function mskPublishing(
  scope: Construct,
  clusterArn: string,
  topic: string,
): readonly iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'],
      resources: [clusterArn],
    }),
    new iam.PolicyStatement({
      actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
      resources: [named(scope, clusterArn)('topic', topic)],
    }),
  ]
}

/** Developer Guide, "Configuring permissions for Amazon MSK event source mappings": none of these takes a resource. */
export function networkInterfaces(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ],
    resources: ['*'],
  })
}

/** ARNs of what is in a cluster: its own, with the kind and a name. */
function named(scope: Construct, clusterArn: string): (kind: 'topic' | 'group', name: string) => string {
  const [cluster, id] = [1, 2].map((at) => Fn.select(at, Fn.split('/', clusterArn)))
  return (kind, name) =>
    Stack.of(scope).formatArn({ service: 'kafka', resource: kind, resourceName: `${cluster}/${id}/${name}` })
}

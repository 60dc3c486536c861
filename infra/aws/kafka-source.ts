import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct, IDependable } from 'constructs'
import type { KafkaCluster } from '../kafka.ts'
import type { KafkaMapping } from '../policy/kafka.ts'
import type { EventSource } from './event-source.ts'
import { mskReading } from './msk.ts'

/** Events that a function is behind before an alarm: a hundred batches of the usual size. */
const lagThreshold = 10_000

export interface KafkaSourceOptions {
  readonly topic: string
  readonly group: string
  readonly settings: KafkaMapping
  /** What has to be there before the mapping: the topic, by whose name alone it is found. */
  readonly after: readonly IDependable[]
}

type SelfManaged = Extract<KafkaCluster, { kind: 'self' }>

/** A topic of an MSK cluster as the source of a function. */
export function mskSource(scope: Construct, clusterArn: string, options: KafkaSourceOptions): EventSource {
  const { topic, group } = options
  return {
    ...topicSource(options),
    mapping: { ...mappingOf(options), eventSourceArn: clusterArn },
    permissions: mskReading(scope, clusterArn, topic, group),
  }
}

/** A topic of a cluster that somebody else runs. */
export function selfManagedSource(cluster: SelfManaged, options: KafkaSourceOptions): EventSource {
  return {
    ...topicSource(options),
    mapping: {
      ...mappingOf(options),
      kafkaBootstrapServers: [...cluster.brokers],
      sourceAccessConfigurations: [{ type: accessTypes[cluster.mechanism], uri: cluster.secretArn }],
    },
    permissions: [
      new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [cluster.secretArn] }),
    ],
  }
}

const accessTypes = {
  plain: lambda.SourceAccessConfigurationType.BASIC_AUTH,
  'scram-sha-256': lambda.SourceAccessConfigurationType.SASL_SCRAM_256_AUTH,
  'scram-sha-512': lambda.SourceAccessConfigurationType.SASL_SCRAM_512_AUTH,
} as const satisfies Readonly<Record<SelfManaged['mechanism'], lambda.SourceAccessConfigurationType>>

function topicSource({
  topic,
  settings,
  after,
}: KafkaSourceOptions): Pick<EventSource, 'description' | 'settings' | 'lag' | 'after'> {
  return {
    description: `topic ${topic}`,
    settings,
    lag: (fn) => ({
      metric: fn.metric('OffsetLag', { statistic: 'Maximum', period: Duration.minutes(5) }),
      threshold: lagThreshold,
      unit: 'events',
    }),
    after,
  }
}

function mappingOf({ topic, group, settings: { pollers } }: KafkaSourceOptions): EventSource['mapping'] {
  return {
    kafkaTopic: topic,
    kafkaConsumerGroupId: group,
    supportS3OnFailureDestination: true,
    ...(pollers !== false && {
      provisionedPollerConfig: {
        minimumPollers: pollers.min,
        maximumPollers: pollers.max,
        ...(pollers.group !== undefined && { pollerGroupName: pollers.group }),
      },
    }),
  }
}

import type { InfraConfig } from '../cli/config/infra.ts'
import type { Problem } from '../cli/config/problems.ts'
import { type PlacedFunction, type Placement, strayNames } from './place.ts'
import { type Compiled, notes } from './policy/compiled.ts'
import { hosting, withHosting } from './policy/hosting.ts'
import { type KafkaMapping, kafkaMapping } from './policy/kafka.ts'
import { topicChecked } from './policy/names.ts'
import type { Stage } from './stage.ts'
import { mappingSubjectOf, retentionIn } from './subject.ts'

export interface KafkaFunction extends PlacedFunction {
  readonly compiled: Compiled<KafkaMapping>
  readonly memoryMb: number
}

export interface KafkaTopic {
  readonly topic: string
  readonly partitions: number
  readonly retentionHours: number
}

/** A cluster that is made, one of MSK that is there, or one that somebody else runs. */
export type KafkaCluster =
  | { readonly kind: 'express'; readonly instance: string; readonly hasTopicMetrics: boolean }
  | { readonly kind: 'msk'; readonly arn: string; readonly network: ExistingNetwork | undefined }
  | {
      readonly kind: 'self'
      readonly brokers: readonly string[]
      readonly secretArn: string
      readonly mechanism: 'scram-sha-512' | 'scram-sha-256' | 'plain'
    }

export interface ExistingNetwork {
  readonly vpcId: string
  readonly subnetIds: readonly string[]
  readonly securityGroupId: string
}

/** All that is deployed for Kafka, before anything of AWS is made of it. */
export interface KafkaPlan {
  readonly platform: 'kafka'
  readonly stage: Stage
  readonly cluster: KafkaCluster
  readonly topics: readonly KafkaTopic[]
  readonly functions: readonly KafkaFunction[]
  readonly problems: readonly Problem[]
}

type KafkaSettings = NonNullable<InfraConfig['kafka']>

/** Compiles every policy, topic and the cluster. */
export function kafkaPlan(placement: Placement, stage: Stage): KafkaPlan {
  const { infra = {} } = placement.config
  const settings = infra.kafka ?? {}
  const { partitions = 6 } = settings
  const cluster = clusterOf(settings.cluster)
  const retentionOf = retentionIn(settings, stage)
  const noted = notes()
  const functions = placement.functions.map((fn): KafkaFunction => {
    const { config, publishes } = fn
    const { memoryMb = 512 } = infra.functions?.[config.name] ?? {}
    const subject = mappingSubjectOf(fn, 'kafka', infra, stage)
    const compiled = kafkaMapping({ ...subject, pollers: pollersOf(settings, stage) })
    const isInside = cluster.kind === 'express' && publishes.length > 0
    const told = hosting(config, placement.config, {
      platform: 'kafka',
      partialResponses: compiled.settings.partialResponses,
      isInside,
    })
    if (isInside && fn.outside !== undefined)
      noted.refuse(
        `functions.${config.name}.sink`,
        `broker "${fn.outside.broker}" is not reached from the network of the cluster, which the function runs in because it publishes ` +
          'dead letters to it: leave policy.deadLetter out, for which the failure bucket stands in, or give infra.kafka.cluster.arn and a network with a way out',
      )
    const differences = publishes.length > 0 ? publishing(fn, cluster) : []
    return {
      ...fn,
      compiled: withHosting(withHosting(compiled, { problems: [], differences }), told),
      memoryMb,
    }
  })
  if (
    cluster.kind === 'msk' &&
    cluster.network === undefined &&
    functions.some(({ publishes }) => publishes.length > 0)
  )
    noted.refuse(
      'infra.kafka.cluster.network',
      'missing, and functions publish to the cluster from inside it: give { vpcId, subnetIds, securityGroupId }',
    )
  for (const topic of placement.topics) topicChecked('kafka', `topic ${topic}`, topic, noted)
  const topics = placement.topics.map((topic) => ({ topic, partitions, retentionHours: retentionOf(topic) }))
  const problems = [
    ...strayNames(placement),
    ...noted.problems,
    ...functions.flatMap(({ compiled }) => compiled.problems),
  ]
  // A source is checked with its function, and must not be told twice.
  const told = new Map(problems.map((problem) => [problem.message, problem]))
  return { platform: 'kafka', stage, cluster, topics, functions, problems: [...told.values()] }
}

function clusterOf(written: KafkaSettings['cluster'] = {}): KafkaCluster {
  if ('arn' in written) return { kind: 'msk', arn: written.arn, network: written.network }
  if ('brokers' in written) {
    const { brokers, secretArn, mechanism = 'scram-sha-512' } = written
    return { kind: 'self', brokers, secretArn, mechanism }
  }
  const { instance = 'express.m7g.large', topicMetrics = false } = written
  return { kind: 'express', instance, hasTopicMetrics: topicMetrics }
}

function pollersOf({ pollers = {} }: KafkaSettings, { project, name }: Stage) {
  if (pollers === false) return false
  return { min: pollers.min ?? 1, max: pollers.max ?? 4, group: pollers.group ?? `${project}-${name}` }
}

/** What a function needs of its configuration to publish, which no stack can give it. */
function publishing({ config: { name } }: PlacedFunction, { kind }: KafkaCluster) {
  const login = 'the broker of the configuration has to have ssl: true and sasl for IAM (oauthbearer)'
  const given = 'addresses, network and permissions are given'
  const means = {
    self: 'the broker of the configuration has to hold the addresses, ssl and sasl of the cluster',
    msk: `${login}; ${given}; whatever else it calls is reached as that network has it`,
    express: `${login}; ${given}; the network reaches S3 and DynamoDB of its region and nothing else`,
  }
  return [{ setting: `functions.${name}.sink`, means: means[kind] }]
}

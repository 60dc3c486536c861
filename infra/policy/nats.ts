import { resolvePolicy } from '../../adapters/core/policy.ts'
import { priorityGroup } from '../../adapters/nats/jetstream/consumer.ts'
import { consumerName, streamName } from '../../adapters/nats/jetstream/names.ts'
import { detailOf } from '../../cli/report.ts'
import { type Compiled, type Notes, notes } from './compiled.ts'
import { deadLetterChecked } from './mapping.ts'
import { groupChecked, topicChecked } from './names.ts'
import { ageChecked, policyPath, type Subject } from './source.ts'

/** What a worker, its consumer and its stream are set to; the names of JetStream's API, whose times are nanoseconds. */
export interface NatsWorkerSettings {
  readonly stream: {
    readonly name: string
    readonly subjects: readonly string[]
    readonly retention: 'limits'
    readonly storage: 'file'
    readonly num_replicas: number
    readonly max_age: number
    readonly duplicate_window: number
  }
  readonly consumer: {
    readonly name: string
    readonly durable_name: string
    readonly filter_subject: string
    readonly ack_policy: 'explicit'
    readonly ack_wait: number
    readonly max_deliver: number
    readonly max_ack_pending: number
    readonly replay_policy: 'instant'
    /** Where one task reads and the others stand by, so that the order of a key is kept. */
    readonly priority_groups?: readonly string[]
    readonly priority_policy?: 'pinned_client'
    readonly priority_timeout?: number
  }
  /** Parameters of the broker's URL that make a worker create these. */
  readonly parameters: Readonly<Record<string, string>>
  /** Time between the request to end and the kill, in seconds. */
  readonly stopTimeoutSeconds: number
}

export interface NatsSubject extends Subject {
  readonly replicas: number
  /** All tasks read at once, in no order. */
  readonly isShared?: boolean | undefined
}

const nanoseconds = 1e6
const maxAckPending = 5_000
const dedupeMs = 120_000
/** The adapter's own, and what an acknowledgement has beyond the handler's time. */
const ackWait = { least: 30_000, spareMs: 5_000 }
/** Amazon ECS, `stopTimeout` on Fargate. */
const mostStopSeconds = 120
const spareStopSeconds = 5

/**
 * A policy as a worker obeys it behind JetStream. Attempts, backoff, age and dead letter are the worker's own, so nothing of
 * them differs; what is compiled is what has to outlast them.
 */
export function natsWorker(subject: NatsSubject): Compiled<NatsWorkerSettings> {
  const { name, topic, group, retentionHours, replicas, isShared = false } = subject
  const policy = resolvePolicy(subject.policy, group)
  const { timeoutMs, drainMs } = policy
  const noted = notes()
  topicChecked('nats', `functions.${name}.source.topic`, topic, noted)
  groupChecked('nats', `functions.${name}.source.group`, group, noted)
  deadLetterChecked(subject, noted)
  const retentionMs = retentionHours * 3_600_000
  ageChecked(subject, policy, { platform: 'nats', keeper: 'stream' }, noted)
  const ackWaitMs = Math.max(ackWait.least, timeoutMs + ackWait.spareMs)
  if (timeoutMs === 0)
    noted.differ(
      policyPath(name, 'timeoutMs'),
      `a handler has no limit; its lease of ${ackWaitMs} ms is renewed while it runs`,
    )
  const stopTimeoutSeconds = Math.ceil(drainMs / 1_000) + spareStopSeconds
  if (stopTimeoutSeconds > mostStopSeconds)
    noted.refuse(
      policyPath(name, 'drainMs'),
      `a task on Fargate is killed ${mostStopSeconds} s after it was asked to end: give at most ${(mostStopSeconds - spareStopSeconds) * 1_000}`,
    )
  if (isShared)
    noted.differ(
      `infra.functions.${name}.maxTasks`,
      'tasks read side by side, and the order of a key is not kept',
    )
  const { durable, stream } = namesOf(subject, noted)
  const settings: NatsWorkerSettings = {
    stream: {
      name: stream,
      subjects: [topic],
      retention: 'limits',
      storage: 'file',
      num_replicas: replicas,
      max_age: retentionMs * nanoseconds,
      duplicate_window: Math.min(dedupeMs, retentionMs) * nanoseconds,
    },
    consumer: {
      name: durable,
      durable_name: durable,
      filter_subject: topic,
      ack_policy: 'explicit',
      ack_wait: ackWaitMs * nanoseconds,
      max_deliver: -1,
      max_ack_pending: maxAckPending,
      replay_policy: 'instant',
      ...(!isShared && {
        priority_groups: [priorityGroup],
        priority_policy: 'pinned_client',
        priority_timeout: ackWaitMs * nanoseconds,
      }),
    },
    parameters: {
      ackWaitMs: String(ackWaitMs),
      maxAckPending: String(maxAckPending),
      replicas: String(replicas),
      maxAgeMs: String(retentionMs),
      ...(isShared && { ordered: 'false' }),
    },
    stopTimeoutSeconds,
  }
  return { settings, problems: noted.problems, differences: noted.differences }
}

/** As the adapter names them. Topic and group can each be short enough and their name too long. */
function namesOf({ name, topic, group }: Subject, noted: Notes): { durable: string; stream: string } {
  try {
    return { durable: consumerName(group, topic), stream: streamName(topic) }
  } catch (refused) {
    const isTold = noted.problems.some(({ path }) => path.startsWith(`functions.${name}.source.`))
    if (!isTold) noted.refuse(`functions.${name}.source.group`, detailOf(refused))
    return { durable: '', stream: '' }
  }
}

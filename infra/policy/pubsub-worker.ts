import { resolvePolicy } from '../../adapters/core/policy.ts'
import { type Compiled, notes } from './compiled.ts'
import { deadLetterChecked } from './mapping.ts'
import { groupChecked, topicChecked } from './names.ts'
import { ageChecked, policyPath, type Subject } from './source.ts'

/** What a subscription is set to that a worker pulls from; times are seconds (Pub/Sub reference, `Subscription`). */
export interface PullSettings {
  readonly ackDeadlineSeconds: number
  readonly messageRetentionSeconds: number
  readonly enableMessageOrdering: true
  /** How long the subscription of the dead-letter topic keeps what arrives there. */
  readonly deadLetterRetentionSeconds: number
  /** Parameters of the broker's URL with which the worker finds this. */
  readonly parameters: Readonly<Record<string, string>>
}

/** The adapter's own, which it extends while a handler runs. */
const ackDeadlineSeconds = 30
/** Cloud Run, container contract: time between the request to end and the kill. */
const stopMs = 10_000
const mostRetentionHours = 24 * 31

/**
 * A policy as a worker obeys it that pulls. Attempts, backoff, age, time limit and dead letter are the worker's own, so what is
 * compiled is what has to outlast them; a dead-letter policy of the subscription would count what a worker gives back when it ends.
 */
export function pubsubPull(subject: Subject): Compiled<PullSettings> {
  const { name, topic, group, retentionHours, deadLetterRetentionHours = 24 * 7 } = subject
  const policy = resolvePolicy(subject.policy, group)
  const { drainMs } = policy
  const noted = notes()
  topicChecked('pubsub', `functions.${name}.source.topic`, topic, noted)
  groupChecked('pubsub', `functions.${name}.source.group`, group, noted)
  deadLetterChecked({ ...subject, deadLetterRetentionHours }, noted)
  ageChecked(subject, policy, { platform: 'pubsub', keeper: 'subscription' }, noted)
  if (drainMs > stopMs)
    noted.differ(policyPath(name, 'drainMs'), `Cloud Run gives an instance 10 s to end, not ${drainMs} ms`)
  if (retentionHours > mostRetentionHours)
    noted.refuse(
      'infra.pubsub.retentionHours',
      `a subscription keeps messages for at most 31 days: give at most ${mostRetentionHours}`,
    )
  const settings: PullSettings = {
    ackDeadlineSeconds,
    messageRetentionSeconds: retentionHours * 3_600,
    enableMessageOrdering: true,
    deadLetterRetentionSeconds: deadLetterRetentionHours * 3_600,
    parameters: { ackDeadlineMs: String(ackDeadlineSeconds * 1_000), createSubscriptions: 'false' },
  }
  return { settings, problems: noted.problems, differences: noted.differences }
}

import { resolvePolicy } from '../../adapters/core/policy.ts'
import { type Compiled, notes } from './compiled.ts'
import { deadLetterChecked } from './mapping.ts'
import { groupChecked, topicChecked } from './names.ts'
import { policyPath, retriesChecked, type Subject } from './source.ts'

/** What a subscription is set to; times are seconds (Pub/Sub reference, `Subscription`). */
export interface SubscriptionSettings {
  readonly ackDeadlineSeconds: number
  readonly messageRetentionSeconds: number
  readonly retryPolicy: { readonly minimumBackoffSeconds: number; readonly maximumBackoffSeconds: number }
  readonly deadLetterPolicy: { readonly maxDeliveryAttempts: number }
  readonly enableMessageOrdering: boolean
  /** How long the subscription of the dead-letter topic keeps what arrives there. */
  readonly deadLetterRetentionSeconds: number
  /** Time limit of one request of the service. */
  readonly timeoutSeconds: number
  /** Requests of one instance at once. */
  readonly requestConcurrency: number
}

/** Pub/Sub reference, `Subscription`: limits of its fields. */
const attempts = { least: 5, most: 100 }
const deadlines = { least: 10, most: 600 }
const mostBackoffSeconds = 600
const retentions = { leastSeconds: 600, mostHours: 24 * 31 }
const mostConcurrency = 1_000
const marginSeconds = 5

/** A policy as Pub/Sub obeys it in front of a service that it pushes to. */
export function pubsubSubscription(subject: Subject): Compiled<SubscriptionSettings> {
  const { name, topic, group, policy: written, retentionHours, deadLetterRetentionHours = 24 * 7 } = subject
  const policy = resolvePolicy(written, group)
  const { maxAttempts, maxAgeMs, backoff, timeoutMs, concurrency, drainMs } = policy
  const noted = notes()
  topicChecked('pubsub', `functions.${name}.source.topic`, topic, noted)
  groupChecked('pubsub', `functions.${name}.source.group`, group, noted)
  deadLetterChecked({ ...subject, deadLetterRetentionHours }, noted)

  if (maxAttempts < attempts.least || maxAttempts > attempts.most)
    noted.refuse(
      policyPath(name, 'maxAttempts'),
      `Pub/Sub dead-letters after ${attempts.least} to ${attempts.most} attempts: give a number from ${attempts.least} to ${attempts.most}`,
    )
  if (maxAgeMs !== Number.POSITIVE_INFINITY) {
    if (written.deadLetter === undefined)
      noted.refuse(
        policyPath(name, 'maxAgeMs'),
        'Pub/Sub knows no age, and only drops: name a policy.deadLetter, to which the function then publishes what is too old',
      )
    else if (maxAgeMs >= retentionHours * 3_600_000)
      noted.refuse(
        policyPath(name, 'maxAgeMs'),
        `an event is forgotten after ${retentionHours} h, before it is too old: give less than ${retentionHours * 3_600_000}, or ` +
          'raise the retention of the subscription',
      )
    else
      noted.differ(
        policyPath(name, 'maxAgeMs'),
        'the function looks at it, when Pub/Sub delivers the event again',
      )
  }
  retriesChecked(subject, policy, 'pubsub', noted)
  if (written.deadLetter === false)
    noted.differ(
      policyPath(name, 'deadLetter'),
      'what the handler calls terminal is dropped; what Pub/Sub gives up goes to the dead-letter topic nevertheless',
    )
  const needed = Math.ceil(timeoutMs / 1_000) + marginSeconds
  if (timeoutMs === 0)
    noted.differ(
      policyPath(name, 'timeoutMs'),
      `a request ends after ${deadlines.most} s, whatever the handler is doing`,
    )
  else if (needed > deadlines.most)
    noted.refuse(
      policyPath(name, 'timeoutMs'),
      `Pub/Sub waits at most ${deadlines.most} s for an answer: give at most ${(deadlines.most - marginSeconds) * 1_000}`,
    )
  const ackDeadlineSeconds =
    timeoutMs === 0 ? deadlines.most : Math.min(deadlines.most, Math.max(deadlines.least, needed))
  const [minimum, maximum] = [backoff.initialMs, backoff.maxMs].map((ms) => Math.ceil(ms / 1_000))
  if ((maximum ?? 0) > mostBackoffSeconds)
    noted.refuse(
      `${policyPath(name, 'backoff')}.maxMs`,
      `Pub/Sub waits at most ${mostBackoffSeconds} s: give at most ${mostBackoffSeconds * 1_000}`,
    )
  if ((minimum ?? 0) > (maximum ?? 0))
    noted.refuse(
      `${policyPath(name, 'backoff')}.initialMs`,
      'it is above maxMs, which Pub/Sub refuses: give at most maxMs',
    )
  noted.differ(
    policyPath(name, 'backoff'),
    `Pub/Sub waits ${minimum} s up to ${maximum} s, in whole seconds and growing as it sees fit, not by the factor ${backoff.factor}`,
  )
  if (concurrency > mostConcurrency)
    noted.refuse(
      policyPath(name, 'concurrency'),
      `an instance takes at most ${mostConcurrency} requests: give at most ${mostConcurrency}`,
    )
  noted.differ(
    policyPath(name, 'concurrency'),
    `${concurrency} is the limit of one instance; Cloud Run adds instances`,
  )
  noted.differ(policyPath(name, 'drainMs'), `Cloud Run gives an instance 10 s to end, not ${drainMs} ms`)
  if (retentionHours > retentions.mostHours || retentionHours * 3_600 < retentions.leastSeconds)
    noted.refuse(
      'infra.pubsub.retentionHours',
      `a subscription keeps messages from ten minutes to 31 days: give 1 to ${retentions.mostHours}`,
    )
  const settings: SubscriptionSettings = {
    ackDeadlineSeconds,
    messageRetentionSeconds: retentionHours * 3_600,
    retryPolicy: { minimumBackoffSeconds: minimum ?? 0, maximumBackoffSeconds: maximum ?? 0 },
    deadLetterPolicy: { maxDeliveryAttempts: maxAttempts },
    enableMessageOrdering: true,
    deadLetterRetentionSeconds: deadLetterRetentionHours * 3_600,
    timeoutSeconds: ackDeadlineSeconds,
    requestConcurrency: concurrency,
  }
  return { settings, problems: noted.problems, differences: noted.differences }
}

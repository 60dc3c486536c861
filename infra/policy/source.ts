import type { StartPosition } from '../../adapters/core/driver.ts'
import type { Policy, ResolvedPolicy } from '../../adapters/core/policy.ts'
import type { Notes } from './compiled.ts'

/** One function as it is compiled: its policy, what it reads, and what the infrastructure is set to. */
export interface Subject {
  readonly name: string
  readonly policy: Policy
  readonly topic: string
  readonly group: string
  readonly start?: StartPosition | undefined
  /** How long the source keeps events, in hours. */
  readonly retentionHours: number
  /** How long the topic of `policy.deadLetter` does, where the policy names one. */
  readonly deadLetterRetentionHours?: number | undefined
}

/** The same behind an event source mapping of Lambda. */
export interface MappingSubject extends Subject {
  /** Time limit of one call by the platform, in seconds. Default: from the policy. */
  readonly timeoutSeconds?: number | undefined
  /** Time that the host keeps of a call to report what is not done, in milliseconds. Default 1 000. */
  readonly marginMs?: number | undefined
  /** Default 100. */
  readonly batchSize?: number | undefined
  /** Default 0. */
  readonly batchWindowSeconds?: number | undefined
  /** Where batches go that are given up. Default `s3`. */
  readonly failures?: 's3' | 'sqs' | undefined
  /** How long they stay there. Default 14, or as long as the source keeps events. */
  readonly failureDays?: number | undefined
}

/** Paths of the configuration, for messages. */
export function settingsPath(name: string, setting: string): string {
  return `infra.functions.${name}.${setting}`
}

export function policyPath(name: string, setting: keyof Policy): string {
  return `functions.${name}.policy.${setting}`
}

interface Keeping {
  readonly platform: 'nats' | 'pubsub'
  /** What forgets an event in the end. */
  readonly keeper: 'stream' | 'subscription'
}

/** A worker gives up what is too old by itself; it must come to that before the platform forgets the event. */
export function ageChecked(
  subject: Subject,
  policy: ResolvedPolicy,
  { platform, keeper }: Keeping,
  noted: Notes,
): void {
  const { name, retentionHours } = subject
  const { maxAgeMs } = policy
  const retentionMs = retentionHours * msOfHour
  if (maxAgeMs === Number.POSITIVE_INFINITY)
    noted.differ(
      policyPath(name, 'maxAgeMs'),
      `the ${keeper} forgets an event after ${retentionHours} h, handled or not`,
    )
  else if (maxAgeMs >= retentionMs)
    noted.refuse(
      policyPath(name, 'maxAgeMs'),
      `an event is forgotten after ${retentionHours} h, before it is too old, and reaches no dead letter: give less than ` +
        `${retentionMs}, or raise infra.${platform}.retentionHours`,
    )
  retriesChecked(subject, policy, platform, noted)
}

/** The last attempt has to end, or the event be too old, before the platform forgets it. */
export function retriesChecked(
  { name, retentionHours }: Subject,
  policy: ResolvedPolicy,
  platform: Keeping['platform'],
  noted: Notes,
): void {
  const { maxAttempts, maxAgeMs, deadLetter } = policy
  const isGivenUp =
    deadLetter !== false && Number.isFinite(maxAttempts) && maxAgeMs === Number.POSITIVE_INFINITY
  const hours = Math.ceil(longestMs(policy) / msOfHour)
  if (isGivenUp && hours > retentionHours)
    noted.refuse(
      policyPath(name, 'maxAttempts'),
      `${maxAttempts} attempts can take ${hours} h, and an event is forgotten after ${retentionHours} h, before it reaches a dead ` +
        `letter: give fewer attempts, a shorter backoff or timeoutMs, or raise infra.${platform}.retentionHours`,
    )
}

const msOfHour = 3_600_000

/** From the first attempt to the end of the last, where each takes all of its time. */
function longestMs({ maxAttempts, timeoutMs, backoff }: ResolvedPolicy): number {
  const { initialMs, maxMs, factor } = backoff
  let sum = maxAttempts * timeoutMs
  let left = maxAttempts - 1
  let pause = Math.min(initialMs, maxMs)
  for (; left > 0 && pause > 0 && pause < maxMs && factor > 1; left--) {
    sum += pause
    pause = Math.min(pause * factor, maxMs)
  }
  return sum + left * pause
}

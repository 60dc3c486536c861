import { type ResolvedPolicy, resolvePolicy } from '../../adapters/core/policy.ts'
import type { Notes } from './compiled.ts'
import { type MappingSubject, policyPath, type Subject, settingsPath } from './source.ts'

/** What an event source mapping of Lambda is set to, in the words of its API; times are seconds. */
export interface MappingSettings {
  readonly batchSize: number
  readonly maximumBatchingWindowInSeconds: number
  /** -1 is for ever. */
  readonly maximumRetryAttempts: number
  /** -1 is never. */
  readonly maximumRecordAgeInSeconds: number
  readonly bisectBatchOnFunctionError: boolean
  readonly functionResponseTypes: readonly 'ReportBatchItemFailures'[]
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP'
  /** Seconds since 1970, with `AT_TIMESTAMP`. */
  readonly startingPositionTimestamp?: number
  /** Time limit of the function. */
  readonly timeoutSeconds: number
  /** Where batches go that are given up, and for how long. */
  readonly failures: FailureSettings
}

export interface FailureSettings {
  readonly destination: 's3' | 'sqs'
  readonly days: number
}

/** What differs between the services in front of a mapping. */
export interface MappingLimits {
  readonly service: 'kinesis' | 'kafka'
  /** Longest time limit of a function behind it. */
  readonly mostTimeoutSeconds: number
}

/** Developer Guide, "Parameters for Kinesis event source mappings" and "Apache Kafka parameters". */
const mostRetries = 10_000
const ages = { least: 60, most: 604_800 }
/** SQS User Guide, "Amazon SQS message quotas". */
const mostQueueDays = 14
/** What the host keeps of a call to report what is not done. */
const usualMarginMs = 1_000
/** What an event must have left before its stream forgets it, so that it reaches the failure destination first. */
const spareSeconds = 3_600

/** The part of a policy that every event source mapping obeys. */
export function mappingOf(subject: MappingSubject, limits: MappingLimits, notes: Notes): MappingSettings {
  const policy = resolvePolicy(subject.policy, subject.group)
  declare(subject, policy, notes)
  deadLetterChecked(subject, notes)
  const { batchSize = 100, batchWindowSeconds = 0 } = subject
  return {
    batchSize,
    maximumBatchingWindowInSeconds: batchWindowSeconds,
    maximumRetryAttempts: retriesOf(subject, policy, notes),
    maximumRecordAgeInSeconds: ageOf(subject, policy, limits, notes),
    bisectBatchOnFunctionError: true,
    functionResponseTypes: ['ReportBatchItemFailures'],
    ...startOf(subject, notes),
    timeoutSeconds: timeoutOf(subject, policy, limits, notes),
    failures: failuresOf(subject, limits, notes),
  }
}

function declare(
  { name, policy }: Subject,
  { deadLetter, concurrency, backoff, drainMs }: ResolvedPolicy,
  notes: Notes,
) {
  notes.differ(
    policyPath(name, 'backoff'),
    `Lambda waits as it sees fit between attempts, not ${backoff.initialMs} ms up to ${backoff.maxMs} ms`,
  )
  notes.differ(
    policyPath(name, 'concurrency'),
    `${concurrency} is the limit inside one call; Lambda makes one call for each shard or poller at a time`,
  )
  notes.differ(
    policyPath(name, 'drainMs'),
    `nothing drains for ${drainMs} ms: a call is ended by its own time limit`,
  )
  if (deadLetter === false)
    notes.differ(
      policyPath(name, 'deadLetter'),
      'what the handler calls terminal is dropped; what Lambda gives up goes to the failure destination nevertheless',
    )
  else if (policy.deadLetter === undefined)
    notes.differ(
      policyPath(name, 'deadLetter'),
      `the failure destination takes the place of the topic ${deadLetter}`,
    )
}

function retriesOf({ name }: Subject, { maxAttempts }: ResolvedPolicy, notes: Notes): number {
  if (maxAttempts === Number.POSITIVE_INFINITY) {
    notes.differ(
      policyPath(name, 'maxAttempts'),
      'an event that fails for ever holds its shard until it is too old',
    )
    return -1
  }
  if (maxAttempts - 1 > mostRetries)
    notes.refuse(
      policyPath(name, 'maxAttempts'),
      `Lambda repeats at most ${mostRetries} times: give at most ${mostRetries + 1}, or Infinity`,
    )
  return maxAttempts - 1
}

function ageOf(
  { name, retentionHours }: Subject,
  { maxAgeMs }: ResolvedPolicy,
  { service }: MappingLimits,
  notes: Notes,
): number {
  const path = policyPath(name, 'maxAgeMs')
  const retention = retentionHours * 3_600
  if (maxAgeMs === Number.POSITIVE_INFINITY) {
    const age = Math.min(ages.most, retention - spareSeconds)
    notes.differ(
      path,
      `an event is given up after ${age} s, before ${service} forgets it or Lambda's limit is reached`,
    )
    return age
  }
  const age = Math.ceil(maxAgeMs / 1_000)
  if (age < ages.least || age > ages.most)
    notes.refuse(
      path,
      `Lambda takes ages from ${ages.least} s to ${ages.most} s: give ${ages.least * 1_000} to ${ages.most * 1_000}`,
    )
  else if (age >= retention)
    notes.refuse(
      path,
      `an event is forgotten after ${retentionHours} h, before it is too old, and reaches no dead letter: give less than ` +
        `${retention * 1_000}, or raise infra.${service}.retentionHours`,
    )
  else if (age * 1_000 !== maxAgeMs) notes.differ(path, `Lambda counts whole seconds: ${age} s`)
  return age
}

function timeoutOf(
  { name, timeoutSeconds: written, marginMs = usualMarginMs }: MappingSubject,
  { timeoutMs }: ResolvedPolicy,
  { mostTimeoutSeconds: most, service }: MappingLimits,
  notes: Notes,
): number {
  const path = policyPath(name, 'timeoutMs')
  if (written !== undefined && written > most)
    notes.refuse(
      settingsPath(name, 'timeoutSeconds'),
      `a function behind ${service} runs for at most ${most} s: give at most ${most}`,
    )
  if (timeoutMs === 0) {
    const limit = Math.min(most, written ?? most)
    notes.differ(path, `a call ends after ${limit} s, whatever the handler is doing`)
    return limit
  }
  const needed = Math.ceil((timeoutMs + marginMs) / 1_000)
  const chosen = written ?? Math.min(most, Math.max(60, 2 * needed))
  if (needed > most)
    notes.refuse(
      path,
      `a function behind ${service} runs for at most ${most} s: give at most ${most * 1_000 - marginMs}`,
    )
  else if (needed > chosen)
    notes.refuse(
      settingsPath(name, 'timeoutSeconds'),
      `${chosen} s end before one event has had its ${timeoutMs} ms: give at least ${needed}, or lower ${path}`,
    )
  return Math.min(most, chosen)
}

function failuresOf(
  { name, retentionHours, failures: destination = 's3', failureDays }: MappingSubject,
  { service }: MappingLimits,
  notes: Notes,
): FailureSettings {
  const kept = Math.ceil(retentionHours / 24)
  const days = failureDays ?? Math.max(14, kept)
  const path = `infra.${service}.failureDays`
  if (destination === 'sqs' && days > mostQueueDays)
    notes.refuse(
      failureDays === undefined ? `infra.${service}.failures` : path,
      `a queue keeps messages for at most ${mostQueueDays} days, and ${name} needs ${days}: give 's3', or lower failureDays and retentionHours`,
    )
  if (days < kept)
    notes.refuse(
      path,
      `what ${name} gave up is gone after ${days} days, while its source keeps ${kept}: give at least ${kept}, or lower infra.${service}.retentionHours`,
    )
  return { destination, days }
}

/** A dead letter that is forgotten before its original could not be sent again. */
export function deadLetterChecked(
  { name, policy: { deadLetter }, retentionHours, deadLetterRetentionHours }: Subject,
  notes: Notes,
): void {
  if (typeof deadLetter !== 'string' || deadLetterRetentionHours === undefined) return
  if (deadLetterRetentionHours < retentionHours)
    notes.refuse(
      policyPath(name, 'deadLetter'),
      `topic "${deadLetter}" keeps events for ${deadLetterRetentionHours} h, less than the ${retentionHours} h of the source: ` +
        'raise its retentionHours',
    )
}

function startOf(
  { name, start = 'earliest' }: Subject,
  notes: Notes,
): Pick<MappingSettings, 'startingPosition' | 'startingPositionTimestamp'> {
  if (start === 'earliest') return { startingPosition: 'TRIM_HORIZON' }
  if (start === 'latest') return { startingPosition: 'LATEST' }
  if ('time' in start)
    return { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: Math.floor(start.time / 1_000) }
  notes.refuse(
    `functions.${name}.source.start`,
    "Lambda cannot start at a position: give { time }, 'earliest' or 'latest'",
  )
  return { startingPosition: 'TRIM_HORIZON' }
}

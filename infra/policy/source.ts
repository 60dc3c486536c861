import type { StartPosition } from '../../adapters/core/driver.ts'
import type { Policy } from '../../adapters/core/policy.ts'
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

/** A worker gives up what is too old by itself; it must come to that before `keeper` of the platform forgets the event. */
export function ageChecked(
  { name, retentionHours }: Subject,
  maxAgeMs: number,
  { platform, keeper }: { readonly platform: string; readonly keeper: string },
  noted: Notes,
): void {
  const retentionMs = retentionHours * 3_600_000
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
}

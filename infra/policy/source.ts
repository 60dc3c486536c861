import type { StartPosition } from '../../adapters/core/driver.ts'
import type { Policy } from '../../adapters/core/policy.ts'

/** One function as it is compiled: its policy, what it reads, and what the infrastructure is set to. */
export interface Subject {
  readonly name: string
  readonly policy: Policy
  readonly topic: string
  readonly group: string
  readonly start?: StartPosition | undefined
  /** Time limit of one call by the platform, in seconds. Default: from the policy. */
  readonly timeoutSeconds?: number | undefined
  /** Default 100. */
  readonly batchSize?: number | undefined
  /** Default 0. */
  readonly batchWindowSeconds?: number | undefined
  /** How long the source keeps events, in hours. */
  readonly retentionHours: number
  /** How long the topic of `policy.deadLetter` does, where the policy names one. */
  readonly deadLetterRetentionHours?: number | undefined
}

/** Paths of the configuration, for messages. */
export function settingsPath(name: string, setting: string): string {
  return `infra.functions.${name}.${setting}`
}

export function policyPath(name: string, setting: keyof Policy): string {
  return `functions.${name}.policy.${setting}`
}

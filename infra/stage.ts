import type { InfraConfig } from '../cli/config/infra.ts'

/** What a deployment is called, and how careful it is. */
export interface Stage {
  readonly project: string
  readonly name: 'dev' | 'prod'
  readonly owner: string | undefined
  /** ARN of the topic for alarms. */
  readonly notify: string | undefined
  readonly account: string | undefined
  readonly region: string | undefined
  /** Data outlive their stacks, and those are protected. */
  readonly keepsData: boolean
  /** How long sources keep events where nothing is said. */
  readonly retentionHours: number
  /** How long logs are kept. */
  readonly logDays: number
  /** Periods of five minutes that a rate must be wrong before an alarm; dead letters ring at once. */
  readonly alarmPeriods: number
}

export type StageName = Stage['name']

/** The stage of a configuration; `override` wins, as from a command line. */
export function stageOf(infra: InfraConfig = {}, override?: StageName): Stage {
  const { project = 'waybill', stage = 'dev', owner, notify, account, region } = infra
  const name = override ?? stage
  const isProd = name === 'prod'
  return {
    project,
    name,
    owner,
    notify,
    account,
    region,
    keepsData: isProd,
    retentionHours: isProd ? 168 : 24,
    logDays: isProd ? 90 : 7,
    alarmPeriods: isProd ? 1 : 3,
  }
}

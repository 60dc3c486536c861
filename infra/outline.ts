import type { ResolvedConfig } from '../cli/config/index.ts'
import type { Problem } from '../cli/config/problems.ts'
import { kafkaPlan } from './kafka.ts'
import { kinesisPlan } from './kinesis.ts'
import { natsPlan } from './nats.ts'
import { placed } from './place.ts'
import type { PlatformName } from './platform.ts'
import type { Difference } from './policy/compiled.ts'
import { type StageName, stageOf } from './stage.ts'

/** What a platform makes of a configuration: all that is told before anything is written. */
export interface Outline {
  readonly platform: PlatformName
  readonly functions: readonly string[]
  readonly problems: readonly Problem[]
  readonly differences: readonly Difference[]
}

const planners = { kinesis: kinesisPlan, kafka: kafkaPlan, nats: natsPlan } as const

export type OutlinedPlatform = keyof typeof planners

/** Platforms whose policies can be looked at. */
export const outlined = ['kinesis', 'kafka', 'nats'] as const satisfies readonly OutlinedPlatform[]

/** Compiles every policy for a platform. Throws `ERR_CONFIG` where that has not all of the sources. */
export function outlineOf(config: ResolvedConfig, platform: OutlinedPlatform, stage?: StageName): Outline {
  const { functions, problems } = planners[platform](placed(config, platform), stageOf(config.infra, stage))
  return {
    platform,
    functions: functions.map(({ config: { name } }) => name),
    problems,
    differences: functions.flatMap(({ compiled }) => compiled.differences),
  }
}

import type { ResolvedConfig } from '../cli/config/index.ts'
import type { Problem } from '../cli/config/problems.ts'
import { pubsubPlan } from './gcp/plan.ts'
import { kafkaPlan } from './kafka.ts'
import { kinesisPlan } from './kinesis.ts'
import { natsPlan } from './nats.ts'
import { type Placement, placed } from './place.ts'
import type { PlatformName } from './platform.ts'
import type { Difference } from './policy/compiled.ts'
import { type Stage, type StageName, stageOf } from './stage.ts'

/** What a platform makes of a configuration: all that is told before anything is written. */
export interface Outline {
  readonly platform: PlatformName
  readonly functions: readonly string[]
  readonly problems: readonly Problem[]
  readonly differences: readonly Difference[]
}

type Plan = Pick<Outline, 'problems' | 'differences'> & { readonly functions: readonly Planned[] }
interface Planned {
  readonly config: { readonly name: string }
}

const planners: Readonly<Record<PlatformName, (placement: Placement, stage: Stage) => Plan>> = {
  kinesis: (placement, stage) => told(kinesisPlan(placement, stage)),
  kafka: (placement, stage) => told(kafkaPlan(placement, stage)),
  nats: (placement, stage) => told(natsPlan(placement, stage)),
  pubsub: pubsubPlan,
}

/** Compiles every policy for a platform. Throws `ERR_CONFIG` where that has not all of the sources. */
export function outlineOf(config: ResolvedConfig, platform: PlatformName, stage?: StageName): Outline {
  const { functions, problems, differences } = planners[platform](
    placed(config, platform),
    stageOf(config.infra, stage),
  )
  return { platform, functions: functions.map(({ config: { name } }) => name), problems, differences }
}

function told<
  P extends {
    readonly functions: readonly (Planned & { readonly compiled: Pick<Outline, 'differences'> })[]
  },
>(plan: P) {
  return { ...plan, differences: plan.functions.flatMap(({ compiled }) => compiled.differences) }
}

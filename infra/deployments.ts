import type { ResolvedConfig } from '../cli/config/index.ts'
import type { Deployment } from './aws/app.ts'
import { bundlesOf, type FunctionBundle } from './bundles.ts'
import { kafkaPlan } from './kafka.ts'
import { kinesisPlan } from './kinesis.ts'
import { natsPlan } from './nats.ts'
import { canHold, type Placement, placed } from './place.ts'
import { type StageName, stageOf } from './stage.ts'

export interface DeploymentOptions {
  /** The folder that bundles are written to. */
  readonly bundles: string
  readonly stage?: StageName | undefined
}

const planners = { kinesis: kinesisPlan, kafka: kafkaPlan, nats: natsPlan } as const

export type AwsPlatform = keyof typeof planners

const awsPlatforms = ['kinesis', 'kafka', 'nats'] as const satisfies readonly AwsPlatform[]

/** What is deployed to one platform of AWS; functions are bundled. */
export async function awsDeployment(
  config: ResolvedConfig,
  platform: AwsPlatform,
  options: DeploymentOptions,
): Promise<Deployment> {
  const placement = placed(config, platform)
  return {
    plan: planOf(placement, platform, options.stage),
    bundles: await bundlesOf(placement, options.bundles),
  }
}

/** As {@link awsDeployment}, with bundles that are there already. */
export function deploymentWith(
  config: ResolvedConfig,
  platform: AwsPlatform,
  bundles: readonly FunctionBundle[],
  stage?: StageName,
): Deployment {
  return { plan: planOf(placed(config, platform), platform, stage), bundles }
}

/** Every platform of AWS that has the sources of the configuration. */
export function awsDeployments(
  config: ResolvedConfig,
  options: DeploymentOptions,
): Promise<readonly Deployment[]> {
  const possible = awsPlatforms.filter((platform) => canHold(config, platform))
  return Promise.all(possible.map((platform) => awsDeployment(config, platform, options)))
}

function planOf(placement: Placement, platform: AwsPlatform, stage: StageName | undefined) {
  return planners[platform](placement, stageOf(placement.config.infra, stage))
}

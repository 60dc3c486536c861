import { resolve } from 'node:path'
import type { ResolvedConfig } from '../../cli/config/index.ts'
import { placed } from '../place.ts'
import { stageOf } from '../stage.ts'
import type { Synthesis, SynthesisOptions } from '../synthesis.ts'
import { synthesizeGcp } from './app.ts'
import { imageSources } from './bundles.ts'
import { pubsubPlan } from './plan.ts'

/** Writes the root modules of Terraform, and the folders that images are built of. Throws `ERR_CONFIG` with every rule that is broken. */
export async function synthesizePubsub(
  config: ResolvedConfig,
  { out, bundles, stage }: SynthesisOptions,
): Promise<Synthesis> {
  const placement = placed(config, 'pubsub')
  const plan = pubsubPlan(placement, stageOf(config.infra, stage))
  const folder = resolve(out)
  const folders = await synthesizeGcp(plan, folder)
  await imageSources(placement, plan, resolve(bundles))
  const stacks = folders.map((each) => each.slice(folder.length + 1))
  return { folder, stacks, deploy: 'terraform apply in each of them, in this order: docs/deploy/pubsub.md' }
}

/** Writes bundles and the root modules of Terraform for the configuration in this folder: `npx tsx infra/gcp/main.ts [folder]`. */
import { loadConfig } from '../../cli/config/index.ts'
import { errorText } from '../../cli/report.ts'
import { placed } from '../place.ts'
import { stageOf } from '../stage.ts'
import { synthesizeGcp } from './app.ts'
import { imageSources } from './bundles.ts'
import { pubsubPlan } from './plan.ts'

try {
  const placement = placed(await loadConfig({ env: process.env }), 'pubsub')
  const plan = pubsubPlan(placement, stageOf(placement.config.infra))
  const folders = await synthesizeGcp(plan, process.argv[2] ?? 'cdktf.out')
  const sources = await imageSources(placement, plan, 'dist-functions')
  const lines = [...folders, ...sources.map(({ folder }) => folder)]
  process.stdout.write(`${lines.join('\n')}\n`)
} catch (error) {
  process.stderr.write(`${errorText(error, false)}\n`)
  process.exitCode = 1
}

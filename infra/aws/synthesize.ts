import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import * as z from 'zod'
import { messageOf, WaybillError } from '../../adapters/core/errors.ts'
import type { ResolvedConfig } from '../../cli/config/index.ts'
import { type AwsPlatform, awsDeployment } from '../deployments.ts'
import type { Synthesis, SynthesisOptions } from '../synthesis.ts'
import { awsApp } from './app.ts'

const reportSchema = z.object({
  pluginReports: z.array(
    z.object({
      violations: z.array(
        z.object({
          ruleName: z.string(),
          description: z.string(),
          violatingConstructs: z.array(z.object({ constructPath: z.string().optional() })),
        }),
      ),
    }),
  ),
})

/** Writes the cloud assembly of one platform. Throws `ERR_CONFIG` with every finding of validation. */
export async function synthesizeAws(
  config: ResolvedConfig,
  platform: AwsPlatform,
  { out, bundles, stage }: SynthesisOptions,
): Promise<Synthesis> {
  const folder = resolve(out)
  const deployment = await awsDeployment(config, platform, { bundles, stage })
  const app = awsApp([deployment], { outdir: folder })
  try {
    const { stacks } = app.synth()
    const deploy = `npx cdk deploy --all --app ${relative(process.cwd(), folder) || '.'}`
    return { folder, stacks: stacks.map(({ stackName }) => stackName), deploy }
  } catch (cause) {
    const findings = findingsIn(folder)
    if (findings.length === 0) throw new WaybillError('ERR_CONFIG', messageOf(cause), { cause })
    throw new WaybillError(
      'ERR_CONFIG',
      [`the stacks for ${platform} break rules:`, ...findings].join('\n  '),
      { cause },
    )
  }
}

function findingsIn(folder: string): readonly string[] {
  const report = reportSchema.safeParse(
    JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8')),
  )
  if (!report.success) return []
  return report.data.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, description, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath = '?' }) => `${constructPath}: ${description} (${ruleName})`),
    ),
  )
}

import { existsSync, readFileSync, rmSync } from 'node:fs'
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
  const report = join(folder, 'validation-report.json')
  const deployment = await awsDeployment(config, platform, { bundles, stage })
  try {
    // One of another time says nothing of these stacks.
    rmSync(report, { force: true })
    const { stacks } = awsApp([deployment], { outdir: folder }).synth()
    const deploy = `npx cdk deploy --all --app ${relative(process.cwd(), folder) || '.'}`
    return { folder, stacks: stacks.map(({ stackName }) => stackName), deploy }
  } catch (cause) {
    if (cause instanceof WaybillError) throw cause
    const findings = findingsIn(report)
    if (findings.length === 0)
      throw new WaybillError('ERR_CONFIG', `the stacks for ${platform} cannot be made: ${messageOf(cause)}`, {
        cause,
      })
    throw new WaybillError(
      'ERR_CONFIG',
      [`the stacks for ${platform} break rules:`, ...findings].join('\n  '),
      { cause },
    )
  }
}

function findingsIn(file: string): readonly string[] {
  if (!existsSync(file)) return []
  const report = reportSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!report.success) return []
  return report.data.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, description, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath = '?' }) => `${constructPath}: ${description} (${ruleName})`),
    ),
  )
}

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import { type App, CfnResource } from 'aws-cdk-lib/core'
import { resolveConfig } from '../../../cli/config/index.ts'
import { awsApp } from '../../../infra/aws/app.ts'
import type { FunctionBundle } from '../../../infra/bundles.ts'
import { type AwsPlatform, deploymentWith } from '../../../infra/deployments.ts'

const folders: string[] = []
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true })
})

/** A folder that is removed when the tests of the file have ended. */
export function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), 'waybill-infra-'))
  folders.push(path)
  return path
}

/** Bundles that hold next to nothing, for tests of templates. */
export function bundlesFor(names: readonly string[]): readonly FunctionBundle[] {
  const root = temporary()
  return names.map((name) => {
    const folder = join(root, name)
    mkdirSync(folder)
    writeFileSync(
      join(folder, 'index.mjs'),
      'export const handler = async () => ({ batchItemFailures: [] })\n',
    )
    return { name, folder, handler: 'index.handler' }
  })
}

/** A pipeline of two functions: `billing` writes what it makes to `invoices`, which `mailing` reads. */
export function pipeline(infra: object = {}, billing: object = {}): Record<string, unknown> {
  return {
    brokers: { main: 'memory://' },
    functions: {
      billing: {
        handler: './billing.ts',
        source: { topic: 'orders' },
        sink: 'invoices',
        policy: { maxAttempts: 3, deadLetter: 'dead-letters' },
        ...billing,
      },
      mailing: { handler: './mailing.ts', source: { topic: 'invoices' } },
    },
    infra,
  }
}

/** The app for a configuration. Throws as `waybill synth` would. */
export function appOf(
  platform: AwsPlatform,
  config: Record<string, unknown> = pipeline(),
  outdir = temporary(),
): App {
  const resolved = resolveConfig(config)
  const bundles = bundlesFor(resolved.functions.map(({ name }) => name))
  return awsApp([deploymentWith(resolved, platform, bundles)], { outdir })
}

/** Every resource of a type, in all stacks. */
export function resourcesOf(app: App, type: string): readonly CfnResource[] {
  return app.node
    .findAll()
    .filter((node): node is CfnResource => CfnResource.isCfnResource(node) && node.cfnResourceType === type)
}

/** What validation says of an app; nothing where it accepts it. */
export function findingsOf(app: App): readonly string[] {
  try {
    app.synth()
    return []
  } catch {
    const report: { pluginReports: { violations: { ruleName: string; description: string }[] }[] } =
      JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8'))
    return report.pluginReports.flatMap(({ violations }) =>
      violations.map(({ ruleName, description }) => `${ruleName}: ${description}`),
    )
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CfnPolicy } from 'aws-cdk-lib/aws-iam'
import { CfnResource } from 'aws-cdk-lib/core'
import { resolveConfig } from '../../../cli/config/index.ts'
import { awsApp } from '../../../infra/aws/app.ts'
import { type AwsPlatform, deploymentWith } from '../../../infra/deployments.ts'
import { bundlesFor, temporary } from './deployed.ts'

/** One thing that somebody breaks in a template, and what must be said of it. */
export interface Mutation {
  readonly what: string
  /** The type of the resource that is changed; all of them where `every` says so. */
  readonly type: string
  readonly every?: true
  readonly change: (resource: CfnResource) => void
  /** The setting and the fix, in what is said. */
  readonly says: readonly [setting: string, fix: string]
}

export const without = (property: string) => (resource: CfnResource) =>
  resource.addPropertyDeletionOverride(property)

export const setTo = (property: string, value: unknown) => (resource: CfnResource) =>
  resource.addPropertyOverride(property, value)

export function allowing(action: string, resource: string): Mutation['change'] {
  return (policy) => {
    if (policy instanceof CfnPolicy)
      policy.policyDocument = {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
      }
  }
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string
      readonly description: string
      readonly fix?: string
      readonly violatingConstructs: readonly { readonly constructPath?: string }[]
    }[]
  }[]
}

/**
 * What is said of each mutation, by its place, and of the stacks as they are, last. All are in one app, each in a project of its own,
 * so that they cost one validation.
 */
export function saidOf(
  platform: AwsPlatform,
  mutations: readonly Mutation[],
  config: (infra: object) => Record<string, unknown>,
): readonly (readonly string[])[] {
  const projects = [...mutations.keys(), mutations.length].map((at) => `p${at}`)
  const outdir = temporary()
  const resolved = projects.map((project) => resolveConfig(config({ project })))
  const bundles = bundlesFor(resolved[0]?.functions.map(({ name }) => name) ?? [])
  const app = awsApp(
    resolved.map((each) => deploymentWith(each, platform, bundles)),
    { outdir },
  )
  const resources = app.node.findAll().filter((node) => CfnResource.isCfnResource(node))
  for (const [at, { type, change, every }] of mutations.entries()) {
    const found = resources.filter(
      ({ node, cfnResourceType }) => node.path.startsWith(`p${at}-`) && cfnResourceType === type,
    )
    if (found.length === 0) throw new Error(`there is no ${type}`)
    for (const resource of found.slice(0, every ? found.length : 1)) change(resource)
  }
  const said = new Map<string, string[]>(projects.map((project) => [project, []]))
  try {
    app.synth()
  } catch {
    const report: Report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'))
    for (const { violations } of report.pluginReports)
      for (const { ruleName, description, fix = '', violatingConstructs } of violations)
        for (const { constructPath = '' } of violatingConstructs)
          said.get(constructPath.split('-')[0] ?? '')?.push(`${ruleName}: ${description} ${fix}`)
  }
  return [...said.values()]
}

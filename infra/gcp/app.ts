import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { App } from 'cdktn'
import { WaybillError } from '../../adapters/core/errors.ts'
import { refuse } from '../place.ts'
import { PubsubDataStack } from './data-stack.ts'
import { PubsubStack } from './function-stack.ts'
import type { PubsubPlan } from './plan.ts'
import { faultsOf } from './rules.ts'
import type { GoogleStack } from './stack.ts'
import { type TerraformJson, terraformJson } from './terraform-json.ts'

/**
 * The root modules of Terraform for a plan, by name, in the order in which they are applied. Needs neither network nor credentials.
 * Throws `ERR_CONFIG` with all that the policies cannot have.
 */
export function gcpModules(plan: PubsubPlan): Readonly<Record<string, TerraformJson>> {
  refuse('pubsub', plan.problems)
  const app = new App({ skipValidation: false })
  const { stage } = plan
  const name = `${stage.project}-${stage.name}-pubsub`
  const stacks = [new PubsubDataStack(app, `${name}-data`, plan), new PubsubStack(app, name, plan)]
  return Object.fromEntries(stacks.map((stack) => [stack.node.id, moduleOf(stack, plan)]))
}

function moduleOf(stack: GoogleStack, { stateBucket }: PubsubPlan): TerraformJson {
  stack.prepareStack()
  const written = terraformJson.parse(plain(stack.toTerraform()))
  // What is there by default is a file of this computer, by its absolute path.
  if (stateBucket === undefined) delete written.terraform.backend
  return written
}

/** Without the comments, which tell of the construct tree. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, each) => (key === '//' ? undefined : each)))
}

/**
 * Writes `<out>/<name>/cdk.tf.json` for each module. Throws `ERR_CONFIG` with every rule that one breaks, and writes nothing then.
 * Gives the folders, in the order in which they are applied.
 */
export async function synthesizeGcp(plan: PubsubPlan, out: string): Promise<readonly string[]> {
  const modules = gcpModules(plan)
  const faults = faultsOf(modules)
  if (faults.length > 0)
    throw new WaybillError('ERR_CONFIG', ['the modules for pubsub break rules:', ...faults].join('\n  '))
  const folders = Object.keys(modules).map((name) => join(out, name))
  for (const [name, module] of Object.entries(modules)) {
    await mkdir(join(out, name), { recursive: true })
    await writeFile(join(out, name, 'cdk.tf.json'), `${JSON.stringify(module, undefined, 2)}\n`)
  }
  return folders
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type App,
  CloudFormationValidatePlugin,
  type IPolicyValidationPlugin,
  Validations,
} from 'aws-cdk-lib/core'
import { AwsSolutionsChecks } from 'cdk-nag'

const rules = join(import.meta.dirname, '../policy/streaming.guard')

/** What a template must pass: the schemas of CloudFormation, cdk-nag, and the rules of this project. All are errors. */
export function addValidation(app: App): void {
  const content = readFileSync(rules, 'utf8')
  const templates: unknown = new CloudFormationValidatePlugin({
    guardRules: [{ name: 'streaming', content }],
  })
  if (isPlugin(templates)) Validations.of(app).addPlugins(templates, new AwsSolutionsChecks(app))
}

/** The class and its interface differ in whether an optional property may be `undefined`. */
function isPlugin(value: unknown): value is IPolicyValidationPlugin {
  return value instanceof CloudFormationValidatePlugin
}

import { App, type Environment, type Stack, type StackProps, Tags } from 'aws-cdk-lib/core'
import type { FunctionBundle } from '../bundles.ts'
import type { KafkaPlan } from '../kafka.ts'
import type { KinesisPlan } from '../kinesis.ts'
import type { NatsPlan } from '../nats.ts'
import { refuse } from '../place.ts'
import type { Stage } from '../stage.ts'
import { KafkaDataStack, KafkaStack } from './kafka-stack.ts'
import { KinesisDataStack, KinesisStack } from './kinesis-stack.ts'
import { NatsDataStack, NatsStack } from './nats-stack.ts'
import { addValidation } from './validation.ts'

/** What is deployed to AWS, one plan for each platform. */
export type AwsPlan = KinesisPlan | KafkaPlan | NatsPlan

export interface Deployment {
  readonly plan: AwsPlan
  readonly bundles: readonly FunctionBundle[]
}

/**
 * Behaviour of CDK that newer projects have. Here and not in `cdk.json`, so that `waybill synth` and `cdk synth` make the same
 * templates.
 */
const context = {
  '@aws-cdk/core:validateAgainstDefaultRules': true,
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/core:explicitStackTags': true,
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/aws-iam:standardizedServicePrincipals': true,
  '@aws-cdk/aws-lambda:recognizeLayerVersion': true,
  '@aws-cdk/aws-lambda:recognizeVersionProps': true,
  '@aws-cdk/aws-ec2:restrictDefaultSecurityGroup': true,
  // Otherwise two stages in one account would have launch templates of the same name.
  '@aws-cdk/aws-ec2:uniqueImdsv2TemplateName': true,
  '@aws-cdk/aws-ecs:arnFormatIncludesClusterName': true,
  '@aws-cdk/aws-ecs:disableExplicitDeploymentControllerForCircuitBreaker': true,
  '@aws-cdk/aws-ecs:removeDefaultDeploymentAlarm': true,
}

/** The app of CDK for these plans. Throws `ERR_CONFIG` with all that their policies cannot have. */
export function awsApp(
  deployments: readonly Deployment[],
  { outdir }: { readonly outdir?: string | undefined } = {},
): App {
  for (const { plan } of deployments) refuse(plan.platform, plan.problems)
  const app = new App({ context, analyticsReporting: false, ...(outdir !== undefined && { outdir }) })
  for (const { plan, bundles } of deployments) addPlan(app, plan, bundles)
  addValidation(app)
  return app
}

function addPlan(app: App, plan: AwsPlan, bundles: readonly FunctionBundle[]): void {
  const { stage, platform } = plan
  const name = `${stage.project}-${stage.name}-${platform}`
  const keeping: StackProps = {
    ...propsOf(stage),
    description: `Waybill on ${platform} (${stage.name}): what keeps data`,
    terminationProtection: stage.keepsData,
  }
  const running: StackProps = {
    ...propsOf(stage),
    description: `Waybill on ${platform} (${stage.name}): functions`,
  }
  for (const stack of stacksOf()) tag(stack, plan)

  function stacksOf(): readonly Stack[] {
    if (plan.platform === 'kafka') {
      const data = new KafkaDataStack(app, `${name}-data`, plan, keeping)
      return [data, new KafkaStack(app, name, plan, data, bundles, running)]
    }
    if (plan.platform === 'nats') {
      const data = new NatsDataStack(app, `${name}-data`, plan, keeping)
      return [data, new NatsStack(app, name, plan, data, bundles, running)]
    }
    const data = new KinesisDataStack(app, `${name}-data`, plan, keeping)
    return [data, new KinesisStack(app, name, plan, data, bundles, running)]
  }
}

function propsOf({ account, region }: Stage): StackProps {
  const env: Environment = { ...(account && { account }), ...(region && { region }) }
  return { env }
}

function tag(stack: Stack, { stage, platform }: AwsPlan): void {
  const tags = { project: stage.project, stage: stage.name, platform, owner: stage.owner }
  for (const [key, value] of Object.entries(tags)) if (value !== undefined) Tags.of(stack).add(key, value)
}

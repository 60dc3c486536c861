import { GcsBackend, TerraformStack } from 'cdktn'
import type { Construct } from 'constructs'
import { labelOf } from './names.ts'
import type { PubsubPlan } from './plan.ts'
import { GoogleProvider } from './resource.ts'

/** A root module of Terraform in the project and region of a plan. */
export class GoogleStack extends TerraformStack {
  protected readonly plan: PubsubPlan

  constructor(scope: Construct, id: string, plan: PubsubPlan) {
    super(scope, id)
    this.plan = plan
    const { stage, project, region, stateBucket } = plan
    const labels = { project: stage.project, stage: stage.name, platform: 'pubsub', owner: stage.owner }
    const written = Object.entries(labels).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, labelOf(value)] as const],
    )
    new GoogleProvider(this, { project, region, default_labels: Object.fromEntries(written) })
    if (stateBucket !== undefined) new GcsBackend(this, { bucket: stateBucket, prefix: id })
    this.addOverride('terraform.required_version', '>= 1.5.0')
  }

  /** Terraform refuses to plan the end of what keeps events. */
  protected get kept(): { readonly lifecycle?: { readonly preventDestroy: true } } {
    return this.plan.stage.keepsData ? { lifecycle: { preventDestroy: true } } : {}
  }

  protected topicPath(topic: string): string {
    return `projects/${this.plan.project}/topics/${topic}`
  }
}

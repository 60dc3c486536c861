import { TerraformOutput } from 'cdktn'
import type { Construct } from 'constructs'
import { idOf } from './names.ts'
import type { PubsubPlan, TopicPlan } from './plan.ts'
import { GoogleResource } from './resource.ts'
import { GoogleStack } from './stack.ts'

/** What is made here and what makes it: the number of the project is read from the resource manager, images are built by Cloud Build. */
const services = [
  'artifactregistry',
  'cloudbuild',
  'cloudresourcemanager',
  'iam',
  'monitoring',
  'pubsub',
  'run',
]

/** What keeps data: topics, dead letters with the subscriptions that hold them, and the repository of images. */
export class PubsubDataStack extends GoogleStack {
  constructor(scope: Construct, id: string, plan: PubsubPlan) {
    super(scope, id, plan)
    const { stage, project, region } = plan
    const enabled = services.map(
      (name) =>
        new GoogleResource(this, idOf('api', name), 'google_project_service', {
          service: `${name}.googleapis.com`,
          disable_on_destroy: false,
        }),
    )
    for (const topic of plan.topics) this.#addTopic(topic, enabled)
    const name = `${stage.project}-${stage.name}`
    new GoogleResource(
      this,
      'images',
      'google_artifact_registry_repository',
      {
        repository_id: name,
        location: region,
        format: 'DOCKER',
        description: `Functions of ${stage.project} (${stage.name})`,
      },
      { dependsOn: enabled },
    )
    new TerraformOutput(this, 'repository', {
      value: `${region}-docker.pkg.dev/${project}/${name}`,
      description: 'Where images of functions are pushed to',
      staticId: true,
    })
  }

  #addTopic(
    { topic, retentionSeconds, deadLetters }: TopicPlan,
    after: GoogleResource<'google_project_service'>[],
  ) {
    const made = new GoogleResource(
      this,
      idOf('topic', topic),
      'google_pubsub_topic',
      {
        name: topic,
        ...(retentionSeconds !== undefined && { message_retention_duration: `${retentionSeconds}s` }),
        // A key keeps its order for publishers of one region only.
        message_storage_policy: { allowed_persistence_regions: [this.plan.region] },
      },
      { ...this.kept, dependsOn: after },
    )
    if (deadLetters === undefined) return
    new GoogleResource(
      this,
      idOf('redrive', topic),
      'google_pubsub_subscription',
      {
        name: deadLetters.subscription,
        topic: made.attribute('id'),
        ack_deadline_seconds: 60,
        message_retention_duration: `${deadLetters.retentionSeconds}s`,
        enable_message_ordering: true,
        expiration_policy: { ttl: '' },
        labels: { role: 'dead-letter' },
      },
      this.kept,
    )
  }
}

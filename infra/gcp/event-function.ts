import { TerraformVariable } from 'cdktn'
import { Construct } from 'constructs'
import type { SubscriptionSettings } from '../policy/pubsub.ts'
import { accountId, idOf, labelOf } from './names.ts'
import type { PubsubFunction, PubsubPlan } from './plan.ts'
import { type GoogleProject, GoogleResource } from './resource.ts'

export interface EventFunctionProps {
  readonly plan: PubsubPlan
  readonly function: PubsubFunction
  readonly google: GoogleProject
  /** What keeps a subscription that holds events. */
  readonly kept: { readonly lifecycle?: { readonly preventDestroy: true } }
  readonly topicPath: (topic: string) => string
}

/** MiB of one CPU at most (Cloud Run, "Configure memory limits"). */
const memoryOfCpu = [
  { cpu: '1', mostMb: 4_096 },
  { cpu: '2', mostMb: 8_192 },
]

/**
 * A function behind a subscription, with an account of its own that may do what it needs and no more. Pushed to, it is a service
 * that nobody but the subscription's account may call; pulling, it is a worker pool.
 */
export class EventFunction extends Construct {
  constructor(scope: Construct, id: string, props: EventFunctionProps) {
    super(scope, id)
    const { plan, function: fn } = props
    const { name } = fn.config
    const account = new GoogleResource(this, 'account', 'google_service_account', {
      account_id: accountId(fn.service, 'run'),
      display_name: `Function ${name} of ${plan.stage.project} (${plan.stage.name})`.slice(0, 100),
    })
    const publishes = new Set(fn.publishes)
    // A worker dead-letters by itself.
    if (fn.delivery.kind === 'pull') publishes.add(fn.deadLetterTopic)
    for (const topic of publishes)
      new GoogleResource(this, idOf('publishes', topic), 'google_pubsub_topic_iam_member', {
        topic: props.topicPath(topic),
        role: 'roles/pubsub.publisher',
        member: memberOf(account),
      })
    const image = new TerraformVariable(scope, idOf('image', name).replaceAll('-', '_'), {
      type: 'string',
      description: `Image of the function ${name}, by its digest`,
      nullable: false,
    })
    image.addValidation({
      condition: `\${can(regex("@sha256:[0-9a-f]{64}$", var.${image.friendlyUniqueId}))}`,
      errorMessage:
        'Give the image by its digest, as REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME@sha256:…, so that what runs is what was tested.',
    })
    const container = {
      image: image.stringValue,
      env: Object.entries(fn.environment).map(([variable, value]) => ({ name: variable, value })),
    }
    if (fn.delivery.kind === 'push') this.#addPush(props, account, container, fn.delivery.settings)
    else this.#addPull(props, account, container)
  }

  #addPush(
    { plan, function: fn, google, kept, topicPath }: EventFunctionProps,
    account: GoogleResource<'google_service_account'>,
    container: Container,
    settings: SubscriptionSettings,
  ): void {
    const { stage, region } = plan
    const pusher = new GoogleResource(this, 'pusher', 'google_service_account', {
      account_id: accountId(fn.service, 'push'),
      display_name: `Subscription of function ${fn.config.name}`.slice(0, 100),
    })
    const service = new GoogleResource(this, 'service', 'google_cloud_run_v2_service', {
      name: fn.service,
      location: region,
      // Pub/Sub of the same project counts as internal.
      ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
      deletion_protection: stage.keepsData,
      labels: { function: labelOf(fn.config.name) },
      template: {
        service_account: account.attribute('email'),
        timeout: `${settings.timeoutSeconds}s`,
        max_instance_request_concurrency: settings.requestConcurrency,
        scaling: { min_instance_count: 0, max_instance_count: plan.maxInstances },
        containers: [{ ...container, resources: { limits: limitsOf(fn), cpu_idle: true } }],
      },
    })
    const invoker = new GoogleResource(this, 'invoker', 'google_cloud_run_v2_service_iam_member', {
      name: service.attribute('name'),
      location: region,
      role: 'roles/run.invoker',
      member: memberOf(pusher),
    })
    const signer = new GoogleResource(this, 'signer', 'google_service_account_iam_member', {
      service_account_id: pusher.attribute('name'),
      role: 'roles/iam.serviceAccountOpenIdTokenCreator',
      member: google.pubsubAgent,
    })
    const dead = new GoogleResource(this, 'deadletters', 'google_pubsub_topic_iam_member', {
      topic: topicPath(fn.deadLetterTopic),
      role: 'roles/pubsub.publisher',
      member: google.pubsubAgent,
    })
    const subscription = new GoogleResource(
      this,
      'subscription',
      'google_pubsub_subscription',
      {
        ...this.#commonOf(fn, topicPath),
        retry_policy: {
          minimum_backoff: `${settings.retryPolicy.minimumBackoffSeconds}s`,
          maximum_backoff: `${settings.retryPolicy.maximumBackoffSeconds}s`,
        },
        dead_letter_policy: {
          dead_letter_topic: topicPath(fn.deadLetterTopic),
          max_delivery_attempts: settings.deadLetterPolicy.maxDeliveryAttempts,
        },
        push_config: {
          push_endpoint: service.attribute('uri'),
          oidc_token: {
            service_account_email: pusher.attribute('email'),
            audience: service.attribute('uri'),
          },
          no_wrapper: { write_metadata: true },
        },
      },
      // A push that is refused for want of these would count as an attempt.
      { ...kept, dependsOn: [invoker, signer, dead] },
    )
    new GoogleResource(this, 'forwarder', 'google_pubsub_subscription_iam_member', {
      subscription: subscription.attribute('name'),
      role: 'roles/pubsub.subscriber',
      member: google.pubsubAgent,
    })
  }

  #addPull(
    { plan, function: fn, kept, topicPath }: EventFunctionProps,
    account: GoogleResource<'google_service_account'>,
    container: Container,
  ): void {
    const subscription = new GoogleResource(
      this,
      'subscription',
      'google_pubsub_subscription',
      this.#commonOf(fn, topicPath),
      kept,
    )
    const roles = { reader: 'roles/pubsub.subscriber', viewer: 'roles/pubsub.viewer' }
    const grants = Object.entries(roles).map(
      ([id, role]) =>
        new GoogleResource(this, id, 'google_pubsub_subscription_iam_member', {
          subscription: subscription.attribute('name'),
          role,
          member: memberOf(account),
        }),
    )
    new GoogleResource(
      this,
      'workers',
      'google_cloud_run_v2_worker_pool',
      {
        name: fn.service,
        location: plan.region,
        deletion_protection: plan.stage.keepsData,
        labels: { function: labelOf(fn.config.name) },
        scaling: { manual_instance_count: plan.workers },
        template: {
          service_account: account.attribute('email'),
          containers: [{ ...container, resources: { limits: limitsOf(fn) } }],
        },
      },
      { dependsOn: grants },
    )
  }

  #commonOf(fn: PubsubFunction, topicPath: (topic: string) => string) {
    const { settings, kind } = fn.delivery
    return {
      name: fn.subscription,
      topic: topicPath(fn.config.source.topic),
      ack_deadline_seconds: settings.ackDeadlineSeconds,
      message_retention_duration: `${settings.messageRetentionSeconds}s`,
      enable_message_ordering: settings.enableMessageOrdering && fn.isOrdered,
      // Without end: a source that is silent for a month would lose its subscription.
      expiration_policy: { ttl: '' },
      // What it was compiled from, so that the rules need nothing but the output.
      labels: {
        role: kind === 'push' ? 'push' : 'pull',
        ...(!fn.isOrdered && { order: 'none' }),
        function: labelOf(fn.config.name),
        ...(fn.handlerSeconds !== undefined && { 'handler-seconds': String(fn.handlerSeconds) }),
        ...(fn.maxAgeSeconds !== undefined && { 'max-age-seconds': String(fn.maxAgeSeconds) }),
      },
    }
  }
}

interface Container {
  readonly image: string
  readonly env: { readonly name: string; readonly value: string }[]
}

function memberOf(account: GoogleResource<'google_service_account'>): string {
  return `serviceAccount:${account.attribute('email')}`
}

function limitsOf({ memoryMb }: PubsubFunction) {
  const cpu = memoryOfCpu.find(({ mostMb }) => memoryMb <= mostMb)?.cpu ?? '4'
  return { cpu, memory: `${memoryMb}Mi` }
}

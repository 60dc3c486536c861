import * as z from 'zod'

/**
 * Arguments of the resources that are used here, in the names of hashicorp/google (registry.terraform.io/providers/hashicorp/google).
 * The provider itself is not needed to know that nothing is misspelt, missing or of another type.
 */

const labels = z.record(
  z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/),
  z.string().regex(/^[\p{Ll}\p{N}_-]{0,63}$/u),
)
/** Whole seconds, as Google writes durations. */
const duration = z.string().regex(/^\d+s$/)
const text = z.string().min(1)
const member = { role: text, member: text }

const container = {
  image: text,
  env: z.array(z.strictObject({ name: text, value: z.string() })).optional(),
}

const limits = z.strictObject({ cpu: z.string().optional(), memory: z.string().optional() })

const threshold = z.strictObject({
  filter: text,
  comparison: z.literal('COMPARISON_GT'),
  threshold_value: z.number(),
  duration,
  aggregations: z
    .array(
      z.strictObject({
        alignment_period: duration,
        per_series_aligner: z.enum(['ALIGN_MAX', 'ALIGN_DELTA']),
        cross_series_reducer: z.enum(['REDUCE_SUM', 'REDUCE_MAX']).optional(),
      }),
    )
    .optional(),
  trigger: z.strictObject({ count: z.number().int() }).optional(),
})

export const resourceArguments = {
  google_project_service: z.strictObject({ service: text, disable_on_destroy: z.boolean().optional() }),
  google_artifact_registry_repository: z.strictObject({
    repository_id: text,
    location: text,
    format: z.literal('DOCKER'),
    description: text.optional(),
  }),
  google_pubsub_topic: z.strictObject({
    name: text,
    message_retention_duration: duration.optional(),
    message_storage_policy: z.strictObject({ allowed_persistence_regions: z.array(text).min(1) }).optional(),
    labels: labels.optional(),
  }),
  google_pubsub_subscription: z.strictObject({
    name: text,
    topic: text,
    ack_deadline_seconds: z.number().int(),
    message_retention_duration: duration,
    retain_acked_messages: z.boolean().optional(),
    enable_message_ordering: z.boolean().optional(),
    enable_exactly_once_delivery: z.boolean().optional(),
    filter: z.string().optional(),
    expiration_policy: z.strictObject({ ttl: z.string() }).optional(),
    retry_policy: z.strictObject({ minimum_backoff: duration, maximum_backoff: duration }).optional(),
    dead_letter_policy: z
      .strictObject({ dead_letter_topic: text, max_delivery_attempts: z.number().int() })
      .optional(),
    push_config: z
      .strictObject({
        push_endpoint: text,
        oidc_token: z.strictObject({ service_account_email: text, audience: text.optional() }).optional(),
        no_wrapper: z.strictObject({ write_metadata: z.boolean() }).optional(),
      })
      .optional(),
    labels: labels.optional(),
  }),
  google_pubsub_topic_iam_member: z.strictObject({ topic: text, ...member }),
  google_pubsub_subscription_iam_member: z.strictObject({ subscription: text, ...member }),
  google_service_account: z.strictObject({
    account_id: z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/),
    display_name: z.string().max(100).optional(),
    description: z.string().max(256).optional(),
  }),
  google_service_account_iam_member: z.strictObject({ service_account_id: text, ...member }),
  google_cloud_run_v2_service: z.strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,47}[a-z0-9]$/),
    location: text,
    ingress: z.enum(['INGRESS_TRAFFIC_INTERNAL_ONLY', 'INGRESS_TRAFFIC_ALL']),
    deletion_protection: z.boolean(),
    labels: labels.optional(),
    template: z.strictObject({
      service_account: text,
      timeout: duration,
      max_instance_request_concurrency: z.number().int().min(1).max(1_000),
      scaling: z.strictObject({
        min_instance_count: z.number().int().min(0),
        max_instance_count: z.number().int().min(1),
      }),
      containers: z
        .array(
          z.strictObject({
            ...container,
            resources: z.strictObject({ limits, cpu_idle: z.boolean().optional() }).optional(),
          }),
        )
        .min(1),
    }),
  }),
  google_cloud_run_v2_service_iam_member: z.strictObject({ name: text, location: text, ...member }),
  google_cloud_run_v2_worker_pool: z.strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,47}[a-z0-9]$/),
    location: text,
    deletion_protection: z.boolean(),
    labels: labels.optional(),
    scaling: z.strictObject({ manual_instance_count: z.number().int().min(0) }),
    template: z.strictObject({
      service_account: text,
      containers: z
        .array(
          z.strictObject({
            ...container,
            resources: z.strictObject({ limits }).optional(),
          }),
        )
        .min(1),
    }),
  }),
  google_monitoring_alert_policy: z.strictObject({
    display_name: text,
    combiner: z.literal('OR'),
    severity: z.enum(['CRITICAL', 'ERROR', 'WARNING']).optional(),
    notification_channels: z.array(text).optional(),
    documentation: z.strictObject({ content: text, mime_type: z.literal('text/markdown') }).optional(),
    conditions: z
      .array(z.strictObject({ display_name: text, condition_threshold: threshold }))
      .min(1)
      .max(6),
  }),
  google_monitoring_dashboard: z.strictObject({ dashboard_json: text }),
} as const

export type ResourceType = keyof typeof resourceArguments

/** What a resource of this type is given. */
export type Arguments<Type extends ResourceType> = z.input<(typeof resourceArguments)[Type]>

/** What is read, and what says where everything is. */
export const otherArguments = {
  data: { google_project: z.strictObject({ project_id: text }) },
  provider: { google: z.strictObject({ project: text, region: text, default_labels: labels }) },
} as const

/** What Terraform has for every resource. */
export const metaArguments = ['depends_on', 'lifecycle', 'provider', 'count', 'for_each'] as const

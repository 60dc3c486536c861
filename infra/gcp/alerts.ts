import type { Construct } from 'constructs'
import { idOf } from './names.ts'
import type { PubsubFunction, PubsubPlan } from './plan.ts'
import { GoogleResource } from './resource.ts'

/** What is watched of one thing. Filters are those of Cloud Monitoring (cloud.google.com/monitoring/api/metrics_gcp). */
interface Watched {
  readonly id: string
  readonly title: string
  readonly advice: string
  readonly filter: string
  readonly above: number
  readonly aligner: 'ALIGN_MAX' | 'ALIGN_DELTA'
  /** Minutes that it must last. */
  readonly minutes: number
  readonly severity: 'CRITICAL' | 'ERROR' | 'WARNING'
}

const period = '300s'

function metricOf(resource: string, type: string, labels: Readonly<Record<string, string>>, rest = '') {
  const named = Object.entries(labels).map(([name, value]) => `resource.labels.${name} = "${value}"`)
  return [`resource.type = "${resource}"`, `metric.type = "${type}"`, ...named, ...(rest ? [rest] : [])].join(
    ' AND ',
  )
}

export function oldestAge(subscription: string): string {
  return metricOf('pubsub_subscription', 'pubsub.googleapis.com/subscription/oldest_unacked_message_age', {
    subscription_id: subscription,
  })
}

export function waiting(subscription: string): string {
  return metricOf('pubsub_subscription', 'pubsub.googleapis.com/subscription/num_undelivered_messages', {
    subscription_id: subscription,
  })
}

export function pushes(subscription: string, rest?: string): string {
  return metricOf(
    'pubsub_subscription',
    'pubsub.googleapis.com/subscription/push_request_count',
    { subscription_id: subscription },
    rest,
  )
}

export function failures(service: string): string {
  return metricOf(
    'cloud_run_revision',
    'run.googleapis.com/request_count',
    { service_name: service },
    'metric.labels.response_code_class = "5xx"',
  )
}

/** Alerts of one function: it falls behind, fails, or cannot be reached by its subscription. */
export function addFunctionAlerts(scope: Construct, plan: PubsubPlan, fn: PubsubFunction): void {
  const { name } = fn.config
  const minutes = plan.stage.alarmPeriods * 5
  const patience = Math.min(
    fn.maxAgeSeconds ?? Number.POSITIVE_INFINITY,
    fn.delivery.settings.messageRetentionSeconds,
  )
  const watched: Watched[] = [
    {
      id: idOf(name, 'behind'),
      title: `${name} is behind`,
      advice:
        'The oldest event has had half of its time: look at the errors of the function, then at its instances.',
      filter: oldestAge(fn.subscription),
      above: Math.floor(patience / 2),
      aligner: 'ALIGN_MAX',
      minutes,
      severity: 'ERROR',
    },
  ]
  if (fn.delivery.kind === 'push')
    watched.push(
      {
        id: idOf(name, 'fails'),
        title: `${name} fails`,
        advice: 'The function answers with 5xx: its log names the event and the reason.',
        filter: failures(fn.service),
        above: 0,
        aligner: 'ALIGN_DELTA',
        minutes,
        severity: 'WARNING',
      },
      {
        id: idOf(name, 'unreachable'),
        title: `${name} cannot be called`,
        advice:
          'Pushes are refused or do not arrive: look at run.invoker of the account that pushes, and at the image.',
        filter: pushes(
          fn.subscription,
          'metric.labels.response_class = one_of("remote_server_4xx", "unreachable", "invalid")',
        ),
        above: 0,
        aligner: 'ALIGN_DELTA',
        minutes,
        severity: 'ERROR',
      },
    )
  for (const each of watched) addAlert(scope, plan, each)
}

/** Rings at the first event that was given up, and as long as one lies there. */
export function addDeadLetterAlert(
  scope: Construct,
  plan: PubsubPlan,
  topic: string,
  subscription: string,
): void {
  addAlert(scope, plan, {
    id: idOf('dead', topic),
    title: `dead letters in ${topic}`,
    advice: `Events were given up and wait in the subscription ${subscription}: mend the cause, then send them again.`,
    filter: waiting(subscription),
    above: 0,
    aligner: 'ALIGN_MAX',
    minutes: 0,
    severity: 'CRITICAL',
  })
}

function addAlert(scope: Construct, { stage, notify }: PubsubPlan, watched: Watched): void {
  const { id, title, advice, filter, above, aligner, minutes, severity } = watched
  const name = `${stage.project} ${stage.name}: ${title}`
  new GoogleResource(scope, `alert-${id}`, 'google_monitoring_alert_policy', {
    display_name: name,
    combiner: 'OR',
    severity,
    documentation: { content: advice, mime_type: 'text/markdown' },
    ...(notify.length > 0 && { notification_channels: [...notify] }),
    conditions: [
      {
        display_name: title,
        condition_threshold: {
          filter,
          comparison: 'COMPARISON_GT',
          threshold_value: above,
          duration: `${minutes * 60}s`,
          aggregations: [
            {
              alignment_period: period,
              per_series_aligner: aligner,
              cross_series_reducer: aligner === 'ALIGN_MAX' ? 'REDUCE_MAX' : 'REDUCE_SUM',
            },
          ],
          trigger: { count: 1 },
        },
      },
    ],
  })
}

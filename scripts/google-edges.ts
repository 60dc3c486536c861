import type { ResolvedConfig } from '../cli/config/index.ts'
import { gcpModules } from '../infra/gcp/app.ts'
import { pubsubPlan } from '../infra/gcp/plan.ts'
import { type Facts, factsOf, subscriptionsOf } from '../infra/gcp/rules/facts.ts'
import type { TerraformJson } from '../infra/gcp/terraform-json.ts'
import { placed } from '../infra/place.ts'
import { stageOf } from '../infra/stage.ts'
import type { Edge } from './edge-table.ts'

type Modules = Readonly<Record<string, TerraformJson>>

/** The modules of a configuration that says nothing of where it is deployed. */
export function exampleModules(config: ResolvedConfig): Modules {
  const infra = { ...config.infra, pubsub: { project: 'my-project', region: 'europe-west1' } }
  return gcpModules(pubsubPlan(placed({ ...config, infra }, 'pubsub'), stageOf(infra)))
}

/** Every edge of these modules, by name: read off the output alone. */
export function googleEdgesOf(modules: Modules): readonly Edge[] {
  const facts = factsOf(modules)
  return [...subscriptionsOf(facts, 'push'), ...subscriptionsOf(facts, 'pull')]
    .map(({ address, arguments: given }) => {
      const { labels, topic, name, retry_policy: backoff, dead_letter_policy: policy } = given
      const fn = labels?.function ?? '?'
      const running = runningOf(facts, fn)
      const published = publishedBy(facts, running?.arguments.template.service_account)
      const held = deadLettersOf(facts)
      const dead =
        policy === undefined
          ? published.filter((each) => held.has(each))
          : [facts.nameOf(policy.dead_letter_topic)]
      const subscriptions = dead.flatMap((each) => held.get(each) ?? [])
      return {
        function: fn,
        stack: stackOf(modules, address),
        source: `topic ${facts.nameOf(topic)}`,
        retry:
          policy === undefined
            ? 'by the worker'
            : `${policy.max_delivery_attempts} attempts, ${backoff?.minimum_backoff} to ${backoff?.maximum_backoff} apart`,
        deadLetter: subscriptions.map((each) => `subscription ${each}`).join(', ') || 'none',
        publishes: published.join(', ') || 'nothing',
        alarms: alertsOf(facts, [name, running?.arguments.name ?? '', ...subscriptions]),
      }
    })
    .toSorted((a, b) => a.function.localeCompare(b.function))
}

function runningOf(facts: Facts, fn: string) {
  return [...facts.of('google_cloud_run_v2_service'), ...facts.of('google_cloud_run_v2_worker_pool')].find(
    ({ arguments: { labels } }) => labels?.function === fn,
  )
}

function publishedBy(facts: Facts, account: string | undefined): readonly string[] {
  return facts
    .of('google_pubsub_topic_iam_member')
    .filter(
      ({ arguments: { role, member } }) =>
        role === 'roles/pubsub.publisher' && member === `serviceAccount:${account}`,
    )
    .map(({ arguments: { topic } }) => facts.nameOf(topic))
    .toSorted()
}

/** Subscriptions that hold dead letters, by their topics. */
function deadLettersOf(facts: Facts): ReadonlyMap<string, string> {
  return new Map(
    subscriptionsOf(facts, 'dead-letter').map(({ arguments: { topic, name } }) => [
      facts.nameOf(topic),
      name,
    ]),
  )
}

function stackOf(modules: Modules, address: string): string {
  const [type = '', id = ''] = address.split('.')
  return Object.keys(modules)
    .filter((name) => modules[name]?.resource[type]?.[id] !== undefined)
    .join(', ')
}

/** Metrics of the alerts that look at one of these. */
function alertsOf(facts: Facts, names: readonly string[]): string {
  const filters = facts
    .of('google_monitoring_alert_policy')
    .flatMap(({ arguments: { conditions } }) => conditions.map((each) => each.condition_threshold.filter))
    .filter((filter) => names.some((name) => filter.includes(`= "${name}"`)))
  return filters
    .flatMap((filter) => /metric\.type = "[^"]*\/([^"/]+)"/.exec(filter)?.[1] ?? [])
    .toSorted()
    .join(', ')
}

import type { BrokerConfig } from '../../adapters/core/connect.ts'
import { subscriptionPath } from '../../adapters/pubsub/names.ts'
import { shortOf } from '../../adapters/pubsub/subscription.ts'
import { outletsOf } from '../../cli/build/plan.ts'
import { variableOf } from '../../cli/config/broker-url.ts'
import type { FunctionConfig } from '../../cli/config/index.ts'
import type { InfraConfig } from '../../cli/config/infra.ts'
import type { Problem } from '../../cli/config/problems.ts'
import { detailOf } from '../../cli/report.ts'
import { type PlacedFunction, type Placement, strayNames } from '../place.ts'
import { type Difference, type Notes, notes } from '../policy/compiled.ts'
import { hosting } from '../policy/hosting.ts'
import { topicChecked } from '../policy/names.ts'
import { pubsubSubscription, type SubscriptionSettings } from '../policy/pubsub.ts'
import { type PullSettings, pubsubPull } from '../policy/pubsub-worker.ts'
import type { Subject } from '../policy/source.ts'
import type { Stage } from '../stage.ts'
import { brokerUrl, projectOf } from './broker-urls.ts'
import { cloudRunName } from './names.ts'

export type Delivery =
  | { readonly kind: 'push'; readonly settings: SubscriptionSettings }
  | { readonly kind: 'pull'; readonly settings: PullSettings }

/** A function as it runs at Google Cloud. */
export interface PubsubFunction extends PlacedFunction {
  /** Its name at Cloud Run. */
  readonly service: string
  readonly subscription: string
  /** Where what it cannot handle ends up. */
  readonly deadLetterTopic: string
  readonly delivery: Delivery
  /** Whether keys keep their order, which is the broker's option `ordered`. */
  readonly isOrdered: boolean
  readonly environment: Readonly<Record<string, string>>
  readonly memoryMb: number
  /** Of its policy, for the rules: seconds, without those that have no limit. */
  readonly handlerSeconds: number | undefined
  readonly maxAgeSeconds: number | undefined
}

export interface TopicPlan {
  readonly topic: string
  /** How long the topic itself keeps events; `undefined` where its subscription does. */
  readonly retentionSeconds: number | undefined
  /** What holds dead letters, since a topic keeps nothing for nobody. */
  readonly deadLetters: { readonly subscription: string; readonly retentionSeconds: number } | undefined
}

/** All that is deployed for Pub/Sub, before anything of Google Cloud is made of it. */
export interface PubsubPlan {
  readonly platform: 'pubsub'
  readonly stage: Stage
  readonly project: string
  readonly region: string
  readonly topics: readonly TopicPlan[]
  readonly functions: readonly PubsubFunction[]
  readonly maxInstances: number
  readonly workers: number
  readonly notify: readonly string[]
  readonly stateBucket: string | undefined
  readonly problems: readonly Problem[]
  readonly differences: readonly Difference[]
}

const weekHours = 168

/** Compiles every policy and every topic. */
export function pubsubPlan(placement: Placement, stage: Stage): PubsubPlan {
  const { infra = {} } = placement.config
  const { pubsub: settings = {} } = infra
  const noted = notes()
  const project = projectOf(placement, noted)
  if (settings.region === undefined)
    noted.refuse(
      'infra.pubsub.region',
      "missing: give the region where functions run and messages are kept, such as 'europe-west1'",
    )
  const retentionHours = settings.retentionHours ?? stage.retentionHours
  const deadLetterHours = settings.deadLetterHours ?? Math.max(weekHours, retentionHours)
  if (deadLetterHours < retentionHours)
    noted.refuse(
      'infra.pubsub.deadLetterHours',
      `dead letters are gone after ${deadLetterHours} h, while their source keeps events for ${retentionHours}: give at least ${retentionHours}`,
    )
  const functions = placement.functions.map((fn) =>
    functionOf(fn, { placement, stage, project, retentionHours, deadLetterHours, infra, noted }),
  )
  noted.problems.push(...sameServices(functions))
  return {
    platform: 'pubsub',
    stage,
    project,
    region: settings.region ?? '',
    topics: topicsOf(placement, functions, { retentionHours, deadLetterHours }, noted),
    functions,
    maxInstances: settings.maxInstances ?? 10,
    workers: settings.workers ?? 1,
    notify: settings.notify ?? [],
    stateBucket: settings.stateBucket,
    problems: [...strayNames(placement), ...noted.problems],
    differences: noted.differences,
  }
}

interface Surroundings {
  readonly placement: Placement
  readonly stage: Stage
  readonly project: string
  readonly retentionHours: number
  readonly deadLetterHours: number
  readonly infra: InfraConfig
  readonly noted: Notes
}

function functionOf(fn: PlacedFunction, around: Surroundings): PubsubFunction {
  const { placement, stage, project, retentionHours, deadLetterHours, infra, noted } = around
  const { config } = fn
  const { name, source, policy } = config
  const { memoryMb = 512, delivery: kind = 'push' } = infra.functions?.[name] ?? {}
  const subject: Subject = {
    name,
    policy,
    topic: source.topic,
    group: source.group,
    retentionHours,
    deadLetterRetentionHours: deadLetterHours,
  }
  startChecked(config, noted)
  const compiled = kind === 'push' ? pubsubSubscription(subject) : pubsubPull(subject)
  noted.problems.push(...compiled.problems)
  const told = hosting(config, placement.config, { platform: 'pubsub', partialResponses: false })
  noted.problems.push(...told.problems)
  const isNamed = !compiled.problems.some(({ path }) => path.startsWith(`functions.${name}.source.`))
  noted.differences.push(...compiled.differences, ...told.differences)
  const delivery: Delivery =
    'parameters' in compiled.settings
      ? { kind: 'pull', settings: compiled.settings }
      : { kind: 'push', settings: compiled.settings }
  const { timeoutMs = 30_000, maxAgeMs = Number.POSITIVE_INFINITY } = policy
  return {
    ...fn,
    service: cloudRunName(stage, name, noted),
    // A topic that Pub/Sub does not take is told once.
    subscription: isNamed ? subscriptionName(config, noted) : '',
    deadLetterTopic: fn.deadLetter ?? `dlq.${source.group}`,
    delivery,
    isOrdered: isOrdered(placement.config.brokers.get(source.broker)),
    environment: environmentOf(config, placement, delivery, project),
    memoryMb,
    handlerSeconds: timeoutMs === 0 ? undefined : Math.ceil(timeoutMs / 1_000),
    maxAgeSeconds: Number.isFinite(maxAgeMs) ? Math.ceil(maxAgeMs / 1_000) : undefined,
  }
}

/** As the adapter names it, so that a worker finds the subscription that was made here. */
function subscriptionName({ name, source: { topic, group } }: FunctionConfig, noted: Notes): string {
  try {
    return shortOf(subscriptionPath('', topic, group))
  } catch (refused) {
    noted.refuse(`functions.${name}.source.group`, detailOf(refused))
    return ''
  }
}

function startChecked({ name, source: { start = 'earliest' } }: FunctionConfig, noted: Notes): void {
  if (start === 'latest')
    noted.differ(
      `functions.${name}.source.start`,
      'a subscription begins with what is published after it was made',
    )
  else if (start !== 'earliest')
    noted.refuse(
      `functions.${name}.source.start`,
      'a subscription cannot be made to begin there: leave it out, and seek it with gcloud pubsub subscriptions seek',
    )
  else
    noted.differ(
      `functions.${name}.source.start`,
      'a subscription begins with what is published after it was made; seek it to get what its topic kept before',
    )
}

function environmentOf(
  fn: FunctionConfig,
  { config }: Placement,
  delivery: Delivery,
  project: string,
): Readonly<Record<string, string>> {
  const { sink, deadLetter } = outletsOf(fn)
  const own = delivery.kind === 'pull' ? [fn.source] : []
  const names = new Set([...own, sink, deadLetter].flatMap((place) => place?.broker ?? []))
  const pull = delivery.kind === 'pull' ? delivery.settings.parameters : {}
  const urls = [...names].flatMap((name) => {
    const broker = config.brokers.get(name)
    if (broker === undefined || !broker.url.startsWith('pubsub:')) return []
    const parameters = name === fn.source.broker ? pull : {}
    return [[variableOf(name), brokerUrl(broker.url, project, parameters)] as const]
  })
  return {
    NODE_OPTIONS: '--enable-source-maps',
    GOOGLE_CLOUD_PROJECT: project,
    // Cloud Run lets none in but the account of the subscription.
    ...(delivery.kind === 'push' && { WAYBILL_PUSH_AUTHENTICATION: 'platform' }),
    ...Object.fromEntries(urls),
  }
}

/** The adapter's option, by which it expects the subscription to be. */
function isOrdered({ url, ordered }: BrokerConfig = { url: '' }): boolean {
  const written = ordered ?? new URLSearchParams(url.split('?')[1] ?? '').get('ordered')
  return String(written) !== 'false'
}

function topicsOf(
  { topics: named }: Placement,
  functions: readonly PubsubFunction[],
  { retentionHours, deadLetterHours }: { readonly retentionHours: number; readonly deadLetterHours: number },
  noted: Notes,
): readonly TopicPlan[] {
  const deadLetters = new Set(functions.map(({ deadLetterTopic }) => deadLetterTopic))
  const sources = new Set(functions.map(({ config }) => config.source.topic))
  const owner = (topic: string) =>
    functions.find(({ deadLetterTopic, publishes }) => deadLetterTopic === topic || publishes.includes(topic))
  return [...new Set([...named, ...deadLetters])].sort().map((topic) => {
    // Of sources, the policy's compilation has said so.
    if (!sources.has(topic)) topicChecked('pubsub', `functions.${owner(topic)?.config.name}`, topic, noted)
    const isDeadLetter = deadLetters.has(topic)
    return {
      topic,
      retentionSeconds: isDeadLetter && !sources.has(topic) ? undefined : retentionHours * 3_600,
      deadLetters: isDeadLetter
        ? { subscription: `${topic}+redrive`, retentionSeconds: deadLetterHours * 3_600 }
        : undefined,
    }
  })
}

function sameServices(functions: readonly PubsubFunction[]): readonly Problem[] {
  return functions.flatMap(({ service, config: { name } }, at) => {
    const other = functions.slice(0, at).find((each) => each.service === service)
    if (other === undefined) return []
    const message = `at Cloud Run it and "${other.config.name}" are both ${service}: rename one of them`
    return [{ path: `functions.${name}`, message }]
  })
}

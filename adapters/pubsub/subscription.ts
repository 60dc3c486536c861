import type { Source } from '../core/driver.ts'
import { type Policy, resolvePolicy } from '../core/policy.ts'
import type { Requests, Subscription } from './api.ts'
import { msOf, spanOf } from './duration.ts'
import { subscriptionPath, topicPath } from './names.ts'
import { longestRetentionMs, type Settings } from './options.ts'
import { isStatus, problem, problemOf } from './problem.ts'
import { ensureTopic } from './topic.ts'

/** The subscription of a group, as far as reading needs to know it. */
export interface Group {
  /** `projects/P/subscriptions/S` */
  readonly name: string
  /** The service waits at least this long before it redelivers what was given back. */
  readonly leastBackoffMs: number
  /** It was not there before. */
  readonly isNew: boolean
}

/** What the service takes (https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#deadletterpolicy). */
const deliveries = { least: 5, most: 100 } as const
const longestBackoffMs = 600_000

/**
 * The subscription of a group, created where it does not exist and `createSubscriptions` allows it. Throws `ERR_CONFIG` that names each
 * field of an existing one that is not as it must be, `ERR_NOT_FOUND` where the topic, or the subscription, is missing.
 */
export async function ensureSubscription(
  api: Requests,
  source: Source,
  settings: Settings,
  policy?: Policy,
): Promise<Group> {
  const name = subscriptionPath(api.project, source.topic, source.group)
  const wanted = wantedOf(api, name, source, settings, policy)
  const found = await look(api, name, source)
  if (found === 'unknown') return { name, leastBackoffMs: 0, isNew: false }
  if (found !== undefined) return matching(found, wanted, settings)
  if (!settings.createSubscriptions) throw missing(name, source)
  if (wanted.deadLetterPolicy) await keepDeadLetters(api, source, settings, policy)
  try {
    await api.createSubscription(wanted)
  } catch (error) {
    const other = isStatus(error, 'alreadyExists') ? await look(api, name, source) : undefined
    if (other !== undefined && other !== 'unknown') return matching(other, wanted, settings)
    throw problemOf(error, {
      what: `creating subscription "${shortOf(name)}" of topic "${source.topic}"`,
      permission: 'pubsub.subscriptions.create and pubsub.topics.attachSubscription',
      address: api.address,
      missing: 'create the topic first, in development with broker.ensure or waybill run --ensure',
    })
  }
  return { name, leastBackoffMs: leastBackoffOf(wanted), isNew: true }
}

/** A topic keeps nothing that no subscription waits for, so dead letters get one. */
export async function keepDeadLetters(
  api: Requests,
  { group }: Source,
  settings: Settings,
  policy: Policy = {},
): Promise<void> {
  const topic = deadLetterOf(group, policy)
  await ensureTopic(api, topic, settings)
  const plain = { ...settings, attempts: false, filter: undefined, createSubscriptions: true }
  await ensureSubscription(api, { topic, group }, plain)
}

/** What is not acknowledged can come again only as long as it is kept. */
export async function refuseForgetful(api: Requests, { name }: Group, source: Source): Promise<void> {
  const found = await look(api, name, source)
  if (found === 'unknown' || found === undefined || found.retainAckedMessages) return
  if ((msOf(found.topicMessageRetentionDuration) ?? 0) > 0) return
  // Emulators do not tell it of the subscription.
  const topic = await api.getTopic(topicPath(api.project, source.topic)).catch(() => undefined)
  if (topic === undefined || (msOf(topic.messageRetentionDuration) ?? 0) > 0) return
  const what = `nothing that was acknowledged is kept, by topic "${source.topic}" or by subscription "${shortOf(name)}"`
  throw problem(
    'ERR_CONFIG',
    `${what}: set message_retention_duration of the topic, or retain_acked_messages`,
  )
}

function wantedOf(
  api: Requests,
  name: string,
  { topic, group }: Source,
  settings: Settings,
  policy: Policy | undefined,
): Subscription {
  const { ordered, attempts, ackDeadlineMs, retainAcked, filter, exactlyOnce } = settings
  const resolved = policy && resolvePolicy(policy, group)
  return {
    name,
    topic: topicPath(api.project, topic),
    enableMessageOrdering: ordered,
    ackDeadlineSeconds: ackDeadlineMs / 1_000,
    // Without end: what is not read for a while must not lose its place.
    expirationPolicy: {},
    ...(retainAcked !== undefined && { retainAckedMessages: retainAcked }),
    ...(filter !== undefined && { filter }),
    ...(exactlyOnce !== undefined && { enableExactlyOnceDelivery: exactlyOnce }),
    ...(attempts && {
      deadLetterPolicy: {
        deadLetterTopic: topicPath(api.project, deadLetterOf(group, policy ?? {})),
        maxDeliveryAttempts: clamped(resolved?.maxAttempts ?? deliveries.most),
      },
    }),
    // In order, messages go back to the service only when a reader leaves: then they must come at once.
    ...(attempts &&
      resolved !== undefined && {
        retryPolicy: {
          minimumBackoff: spanOf(Math.min(longestBackoffMs, resolved.backoff.initialMs)),
          maximumBackoff: spanOf(Math.min(longestBackoffMs, resolved.backoff.maxMs)),
        },
      }),
  }
}

function clamped(attempts: number): number {
  return Math.min(deliveries.most, Math.max(deliveries.least, attempts))
}

/** The service counts only where it has a place for what fails too often, also where the policy drops that. */
function deadLetterOf(group: string, policy: Policy): string {
  const { deadLetter } = resolvePolicy(policy, group)
  return deadLetter === false ? `dlq.${group}` : deadLetter
}

/** `unknown` where these credentials may read, but not look. */
async function look(
  api: Requests,
  name: string,
  { topic }: Source,
): Promise<Subscription | 'unknown' | undefined> {
  try {
    return await api.getSubscription(name)
  } catch (error) {
    if (isStatus(error, 'notFound')) return undefined
    if (isStatus(error, 'permissionDenied')) return 'unknown'
    throw problemOf(error, {
      what: `looking at subscription "${shortOf(name)}" of topic "${topic}"`,
      permission: 'pubsub.subscriptions.get',
      address: api.address,
    })
  }
}

function missing(name: string, { topic, group }: Source) {
  const what = `topic "${topic}" has no subscription "${shortOf(name)}" for group "${group}"`
  return problem('ERR_NOT_FOUND', `${what}: create it, or allow createSubscriptions`)
}

/** What was not given is taken as it is; the rest must be the same, or the promises of the driver are void. */
function matching(found: Subscription, wanted: Subscription, { attempts }: Settings): Group {
  const differing = differences(found, wanted, attempts)
  const name = String(wanted.name)
  if (differing.length === 0) return { name, leastBackoffMs: leastBackoffOf(found), isNew: false }
  const what = `subscription "${shortOf(name)}" exists with other settings: ${differing.join('; ')}`
  throw problem('ERR_CONFIG', `${what}: change the options or the subscription`)
}

function differences(found: Subscription, wanted: Subscription, attempts: boolean): readonly string[] {
  const list: string[] = []
  const compare = (field: string, has: unknown, needed: unknown) => {
    if (needed !== undefined && has !== needed) list.push(`${field} is ${told(has)}, needed ${told(needed)}`)
  }
  compare('topic', found.topic, wanted.topic)
  compare('enable_message_ordering', found.enableMessageOrdering ?? false, wanted.enableMessageOrdering)
  compare('push_config.push_endpoint', found.pushConfig?.pushEndpoint ?? '', '')
  compare('detached', found.detached ?? false, false)
  compare(
    'retain_acked_messages',
    found.retainAckedMessages ?? false,
    wanted.retainAckedMessages ?? undefined,
  )
  compare('filter', found.filter ?? '', wanted.filter ?? undefined)
  compare(
    'enable_exactly_once_delivery',
    found.enableExactlyOnceDelivery ?? false,
    wanted.enableExactlyOnceDelivery ?? undefined,
  )
  if (attempts && !found.deadLetterPolicy) list.push('dead_letter_policy is unset, needed to count attempts')
  // Only a policy that was given tells them.
  if (wanted.retryPolicy) {
    const [has, needs] = [found, wanted].map(policiesOf)
    for (const field of policyFields) compare(field, has?.[field], needs?.[field])
  }
  return list
}

const policyFields = [
  'dead_letter_policy.dead_letter_topic',
  'dead_letter_policy.max_delivery_attempts',
  'retry_policy.minimum_backoff',
  'retry_policy.maximum_backoff',
] as const

function policiesOf({
  deadLetterPolicy,
  retryPolicy,
}: Subscription): Record<(typeof policyFields)[number], unknown> {
  const inMs = (ms: number | undefined) => (ms === undefined ? undefined : `${ms} ms`)
  return {
    'dead_letter_policy.dead_letter_topic': deadLetterPolicy?.deadLetterTopic,
    'dead_letter_policy.max_delivery_attempts': deadLetterPolicy?.maxDeliveryAttempts,
    'retry_policy.minimum_backoff': inMs(msOf(retryPolicy?.minimumBackoff)),
    'retry_policy.maximum_backoff': inMs(msOf(retryPolicy?.maximumBackoff)),
  }
}

function told(value: unknown): string {
  return value === undefined || value === null || value === '' ? 'unset' : JSON.stringify(value)
}

function leastBackoffOf({ retryPolicy }: Subscription): number {
  return msOf(retryPolicy?.minimumBackoff) ?? 0
}

/** Without the project, as consoles show it. */
export function shortOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** The oldest moment of which the service may still have anything. */
export function oldestTime(now: number): number {
  return now - longestRetentionMs
}

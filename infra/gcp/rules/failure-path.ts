import { type Facts, type Rule, secondsOf, subscriptionsOf } from './facts.ts'

const agent = '@gcp-sa-pubsub.iam.gserviceaccount.com'
const attempts = { least: 5, most: 100 }

/** What cannot be handled is given up in the end, and then it is somewhere. */
export const deadLettersArePresent: Rule = (facts) =>
  subscriptionsOf(facts, 'push').flatMap(({ address, arguments: given }) => {
    const { dead_letter_policy: policy } = given
    if (policy === undefined)
      return [
        `${address} dead_letter_policy: missing, so an event that always fails is tried until it is forgotten: give dead_letter_topic and max_delivery_attempts`,
      ]
    const faults: string[] = []
    const { max_delivery_attempts: most, dead_letter_topic: written } = policy
    if (most < attempts.least || most > attempts.most)
      faults.push(
        `${address} dead_letter_policy.max_delivery_attempts: ${most} is out of range: give ${attempts.least} to ${attempts.most} by policy.maxAttempts`,
      )
    const topic = facts.nameOf(written)
    if (topic === facts.nameOf(given.topic))
      faults.push(
        `${address} dead_letter_policy.dead_letter_topic: it is the source itself: give another topic`,
      )
    return [...faults, ...keptFaults(facts, address, topic, secondsOf(given.message_retention_duration))]
  })

/** A worker publishes dead letters itself, and may. */
export const workersMayDeadLetter: Rule = (facts) =>
  facts.of('google_cloud_run_v2_worker_pool').flatMap(({ address, arguments: { template, labels } }) => {
    const kept = new Set(
      subscriptionsOf(facts, 'dead-letter').map((each) => facts.nameOf(each.arguments.topic)),
    )
    const may = facts
      .of('google_pubsub_topic_iam_member')
      .some(
        ({ arguments: { topic, role, member } }) =>
          role === 'roles/pubsub.publisher' &&
          member === `serviceAccount:${template.service_account}` &&
          kept.has(facts.nameOf(topic)),
      )
    const reader = subscriptionsOf(facts, 'pull').find(
      ({ arguments: given }) => given.labels?.function === labels?.function,
    )
    if (reader === undefined)
      return [`${address}: no subscription is read by it: give one with its label "function"`]
    return may
      ? []
      : [
          `${address}: its account may publish to no topic of dead letters: grant it roles/pubsub.publisher on one that has a subscription`,
        ]
  })

function keptFaults(facts: Facts, address: string, topic: string, sourceSeconds: number): readonly string[] {
  const place = `${address} dead_letter_policy.dead_letter_topic`
  if (!facts.of('google_pubsub_topic').some(({ arguments: { name } }) => name === topic))
    return [`${place}: there is no topic ${topic}: add it`]
  const readers = subscriptionsOf(facts, 'dead-letter').filter(
    (each) => facts.nameOf(each.arguments.topic) === topic,
  )
  if (readers.length === 0)
    return [
      `${place}: nothing subscribes to ${topic}, so dead letters are lost: add a subscription with the label role = dead-letter`,
    ]
  return readers.flatMap((reader) => {
    const kept = secondsOf(reader.arguments.message_retention_duration)
    return kept < sourceSeconds
      ? [
          `${reader.address} message_retention_duration: dead letters are gone after ${kept} s, while their source keeps events for ${sourceSeconds} s: raise infra.pubsub.deadLetterHours`,
        ]
      : []
  })
}

/** Without these grants Pub/Sub forwards nothing, and says nothing. */
export const agentMayForward: Rule = (facts) =>
  subscriptionsOf(facts, 'push').flatMap(({ address, arguments: given }) => {
    if (given.dead_letter_policy === undefined) return []
    const faults: string[] = []
    const topic = facts.nameOf(given.dead_letter_policy.dead_letter_topic)
    const mayPublish = facts
      .of('google_pubsub_topic_iam_member')
      .some(
        ({ arguments: each }) =>
          facts.nameOf(each.topic) === topic &&
          each.role === 'roles/pubsub.publisher' &&
          each.member.endsWith(agent),
      )
    if (!mayPublish)
      faults.push(
        `${address} dead_letter_policy: Pub/Sub itself may not publish to ${topic}: grant roles/pubsub.publisher there to service-<number>${agent}`,
      )
    const maySubscribe = facts
      .of('google_pubsub_subscription_iam_member')
      .some(
        ({ arguments: each }) =>
          facts.nameOf(each.subscription) === given.name &&
          each.role === 'roles/pubsub.subscriber' &&
          each.member.endsWith(agent),
      )
    if (!maySubscribe)
      faults.push(
        `${address} dead_letter_policy: Pub/Sub itself may not take what it forwards: grant roles/pubsub.subscriber on ${given.name} to service-<number>${agent}`,
      )
    return faults
  })

/** Whoever looks after it hears of it: an event that waits too long, one that was given up, answers that are errors. */
export const failuresAreHeardOf: Rule = (facts) => {
  const filters = facts
    .of('google_monitoring_alert_policy')
    .flatMap(({ arguments: { conditions } }) =>
      conditions.map(({ condition_threshold: { filter } }) => filter),
    )
  const watches = (metric: string, name: string) =>
    filters.some((filter) => filter.includes(`/${metric}"`) && filter.includes(`"${name}"`))
  const unwatched = (address: string, name: string, metric: string) =>
    watches(metric, name)
      ? []
      : [`${address}: no alert looks at its ${metric}: add a google_monitoring_alert_policy for ${name}`]
  return [
    ...[...subscriptionsOf(facts, 'push'), ...subscriptionsOf(facts, 'pull')].flatMap((each) =>
      unwatched(each.address, each.arguments.name, 'oldest_unacked_message_age'),
    ),
    ...subscriptionsOf(facts, 'dead-letter').flatMap((each) =>
      unwatched(each.address, each.arguments.name, 'num_undelivered_messages'),
    ),
    ...facts
      .of('google_cloud_run_v2_service')
      .flatMap((each) => unwatched(each.address, each.arguments.name, 'request_count')),
  ]
}

import { type Facts, type Resource, type Rule, secondsOf, subscriptionsOf } from './facts.ts'

type Subscription = Resource<'google_pubsub_subscription'>

/** Pub/Sub reference, `Subscription`. */
const deadlines = { least: 10, most: 600 }
const retentions = { least: 600, most: 31 * 86_400 }
const mostBackoff = 600

const allSubscriptions = (facts: Facts) => facts.of('google_pubsub_subscription')

function labelled({ arguments: { labels } }: Subscription, name: string): number | undefined {
  const written = labels?.[name]
  return written === undefined ? undefined : Number(written)
}

/** Pushes go to a service over TLS, with a token of an account of its own, and in the form that the host reads. */
export const pushesAreAuthenticated: Rule = (facts) =>
  subscriptionsOf(facts, 'push').flatMap(({ address, arguments: { push_config } }) => {
    const faults: string[] = []
    const { push_endpoint: endpoint = '', oidc_token: token, no_wrapper } = push_config ?? {}
    const service = /^\$\{(google_cloud_run_v2_service\.[\w-]+)\.uri\}/.exec(endpoint)?.[1]
    if (!endpoint.startsWith('https://') && service === undefined)
      faults.push(
        `${address} push_config.push_endpoint: events would travel in the clear: give an https:// address`,
      )
    if (token === undefined)
      faults.push(
        `${address} push_config.oidc_token: pushes carry no token, so the service would have to be public: give service_account_email and audience`,
      )
    else if (token.audience === undefined)
      faults.push(`${address} push_config.oidc_token.audience: missing: give the address of the service`)
    else if (!isInvoker(facts, service, token.service_account_email))
      faults.push(
        `${address} push_config.oidc_token.service_account_email: it may not call the service: grant it roles/run.invoker there`,
      )
    if (no_wrapper?.write_metadata !== true)
      faults.push(
        `${address} push_config.no_wrapper.write_metadata: attributes would not be headers, so no event arrives: give true`,
      )
    return faults
  })

function isInvoker(facts: Facts, service: string | undefined, email: string): boolean {
  if (service === undefined) return true
  return facts
    .of('google_cloud_run_v2_service_iam_member')
    .some(
      ({ arguments: { name, role, member } }) =>
        name === `\${${service}.name}` &&
        role === 'roles/run.invoker' &&
        member === `serviceAccount:${email}`,
    )
}

/** A deadline that ends before the handler does makes every slow event come twice. */
export const deadlinesAreLongEnough: Rule = (facts) => [
  ...allSubscriptions(facts).flatMap((each) => {
    const { address, arguments: given } = each
    const { ack_deadline_seconds: deadline } = given
    const place = `${address} ack_deadline_seconds`
    if (deadline < deadlines.least || deadline > deadlines.most)
      return [`${place}: ${deadline} is out of range: give ${deadlines.least} to ${deadlines.most}`]
    const needed = labelled(each, 'handler-seconds')
    return given.push_config !== undefined && needed !== undefined && deadline <= needed
      ? [
          `${place}: ${deadline} s end before a handler has had its ${needed} s: give more than ${needed}, or lower policy.timeoutMs`,
        ]
      : []
  }),
  ...facts.of('google_cloud_run_v2_service').flatMap(({ address, arguments: { template } }) => {
    const limit = secondsOf(template.timeout)
    const [reader] = subscriptionsOf(facts, 'push').filter(({ arguments: { push_config } }) =>
      push_config?.push_endpoint.includes(address),
    )
    const needed = reader && labelled(reader, 'handler-seconds')
    return needed !== undefined && limit < needed
      ? [
          `${address} template.timeout: a request is cut after ${limit} s, and a handler may take ${needed}: give at least ${needed}s`,
        ]
      : []
  }),
]

/** What is not handled yet is kept, longer than its policy tries. */
export const eventsAreKept: Rule = (facts) =>
  allSubscriptions(facts).flatMap((each) => {
    const { address, arguments: given } = each
    const faults: string[] = []
    const kept = secondsOf(given.message_retention_duration)
    const place = `${address} message_retention_duration`
    if (kept < retentions.least || kept > retentions.most)
      faults.push(`${place}: ${kept}s is out of range: give ${retentions.least}s to ${retentions.most}s`)
    const age = labelled(each, 'max-age-seconds')
    if (age !== undefined && kept <= age)
      faults.push(
        `${place}: an event is forgotten after ${kept} s, before its age of ${age} s: raise infra.pubsub.retentionHours, or lower policy.maxAgeMs`,
      )
    if (given.expiration_policy?.ttl !== '')
      faults.push(
        `${address} expiration_policy.ttl: the subscription is deleted with all it holds when nobody reads for a while: give ""`,
      )
    return faults
  })

/** Keys keep their order, and nothing is promised that a push cannot do. */
export const orderIsKept: Rule = (facts) =>
  allSubscriptions(facts).flatMap(({ address, arguments: given }) => {
    const faults: string[] = []
    if (given.enable_message_ordering !== true && given.labels?.order !== 'none')
      faults.push(
        `${address} enable_message_ordering: keys would lose their order: give true, or ordered=false in the URL of the broker`,
      )
    if (given.enable_exactly_once_delivery === true && given.push_config !== undefined)
      faults.push(
        `${address} enable_exactly_once_delivery: Pub/Sub has it for pull alone: leave it out, or give infra.functions.<name>.delivery 'pull'`,
      )
    if (given.filter !== undefined)
      faults.push(
        `${address} filter: what it leaves out counts as handled: leave it out, and let the function look`,
      )
    return faults
  })

/** Waiting times that the service takes. */
export const backoffIsLegal: Rule = (facts) =>
  subscriptionsOf(facts, 'push').flatMap(({ address, arguments: { retry_policy } }) => {
    if (retry_policy === undefined)
      return [`${address} retry_policy: missing, so what fails comes again at once: give policy.backoff`]
    const [least, most] = [retry_policy.minimum_backoff, retry_policy.maximum_backoff].map(secondsOf)
    if ((most ?? 0) > mostBackoff)
      return [
        `${address} retry_policy.maximum_backoff: ${most} s is above ${mostBackoff}: lower policy.backoff.maxMs`,
      ]
    return (least ?? 0) > (most ?? 0)
      ? [
          `${address} retry_policy.minimum_backoff: ${least} s is above maximum_backoff: lower policy.backoff.initialMs`,
        ]
      : []
  })

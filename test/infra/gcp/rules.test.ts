import { beforeAll, describe, expect, it } from '@jest/globals'
import { faultsOf } from '../../../infra/gcp/rules.ts'
import type { TerraformJson } from '../../../infra/gcp/terraform-json.ts'
import { modulesOf } from './plan.ts'

type Modules = Readonly<Record<string, TerraformJson>>
type Change = (given: Record<string, unknown>) => void

let sound: Modules

beforeAll(() => {
  sound = modulesOf()
})

/** The resource of this type whose id has all of these words. */
function find(modules: Modules, type: string, ...words: readonly string[]) {
  const all = Object.values(modules).flatMap(({ resource }) =>
    Object.entries(resource[type] ?? {}).map(([id, given]) => ({ id, given, of: resource[type] ?? {} })),
  )
  const found = all.find(({ id }) => words.every((word) => id.includes(word)))
  if (found === undefined) throw new Error(`no ${type} ${words.join(' ')}`)
  return found
}

function changed(type: string, words: readonly string[], change: Change): Modules {
  const modules = structuredClone(sound)
  change(find(modules, type, ...words).given)
  return modules
}

function without(type: string, ...words: readonly string[]): Modules {
  const modules = structuredClone(sound)
  const { id, of } = find(modules, type, ...words)
  delete of[id]
  return modules
}

const subscription = (change: Change) =>
  changed('google_pubsub_subscription', ['archive_subscription'], change)
const put =
  (values: Readonly<Record<string, unknown>>): Change =>
  (given) =>
    Object.assign(given, values)
/** Changes something inside an object, or a list's first object. */
const inside =
  (path: string, values: Readonly<Record<string, unknown>>): Change =>
  (given) => {
    let at: unknown = given
    for (const key of path.split('.')) at = Reflect.get(Object(at), key)
    Object.assign(Object(at), values)
  }

const broken: readonly (readonly [string, () => Modules, RegExp])[] = [
  [
    'a service that anybody may call',
    () => changed('google_cloud_run_v2_service_iam_member', ['archive'], put({ member: 'allUsers' })),
    /member: allUsers lets anybody in: give the service account/,
  ],
  [
    'a topic that anybody with an account may publish to',
    () => changed('google_pubsub_topic_iam_member', ['billing'], put({ member: 'allAuthenticatedUsers' })),
    /member: allAuthenticatedUsers .*: give the service account/,
  ],
  [
    'a role that is too wide',
    () =>
      changed('google_pubsub_topic_iam_member', ['billing_publishes'], put({ role: 'roles/pubsub.admin' })),
    /role: roles\/pubsub\.admin allows more .*: give one of/,
  ],
  [
    'a role of the whole project',
    () => {
      const modules = structuredClone(sound)
      const [module] = Object.values(modules)
      if (module !== undefined)
        module.resource.google_project_iam_member = { all: { role: 'roles/editor', member: 'user:a@b.c' } }
      return modules
    },
    /google_project_iam_member\.all: no rule knows this type/,
  ],
  [
    'grants that replace those of others',
    () => {
      const modules = structuredClone(sound)
      const [module] = Object.values(modules)
      if (module !== undefined) module.resource.google_pubsub_topic_iam_binding = { all: {} }
      return modules
    },
    /replaces grants that others made: use google_pubsub_topic_iam_member/,
  ],
  [
    'a service on the internet',
    () => changed('google_cloud_run_v2_service', ['archive'], put({ ingress: 'INGRESS_TRAFFIC_ALL' })),
    /ingress: .*: give INGRESS_TRAFFIC_INTERNAL_ONLY/,
  ],
  [
    'a default account',
    () =>
      changed(
        'google_cloud_run_v2_service',
        ['archive'],
        inside('template', { service_account: '1-compute@developer.gserviceaccount.com' }),
      ),
    /template\.service_account: .*: give one of google_service_account/,
  ],
  [
    'an account for two functions',
    () => {
      const other = find(sound, 'google_cloud_run_v2_service', 'billing').given.template
      const account = Reflect.get(Object(other), 'service_account')
      return changed(
        'google_cloud_run_v2_service',
        ['archive'],
        inside('template', { service_account: account }),
      )
    },
    /template\.service_account: another function has it too.*: give each function its own/,
  ],
  [
    'an image by its tag',
    () =>
      changed(
        'google_cloud_run_v2_service',
        ['archive'],
        inside('template.containers.0', { image: 'a/b:latest' }),
      ),
    /containers\.image: a tag can change .*: give it by digest/,
  ],
  [
    'a push in the clear',
    () => subscription(inside('push_config', { push_endpoint: 'http://archive.example' })),
    /push_endpoint: .*: give an https:\/\/ address/,
  ],
  [
    'a push without a token',
    () => subscription(inside('push_config', { oidc_token: undefined })),
    /oidc_token: .*: give service_account_email and audience/,
  ],
  [
    'a token for nobody in particular',
    () => subscription(inside('push_config.oidc_token', { audience: undefined })),
    /oidc_token\.audience: missing: give/,
  ],
  [
    'an account that may not call the service',
    () => without('google_cloud_run_v2_service_iam_member', 'archive'),
    /service_account_email: it may not call .*: grant it roles\/run\.invoker/,
  ],
  [
    'a push that loses the attributes',
    () => subscription(inside('push_config.no_wrapper', { write_metadata: false })),
    /write_metadata: .*: give true/,
  ],
  [
    'a deadline below the handler',
    () => subscription(put({ ack_deadline_seconds: 20 })),
    /ack_deadline_seconds: 20 s end before .*: give more than 30/,
  ],
  [
    'a deadline above the limit',
    () => subscription(put({ ack_deadline_seconds: 601 })),
    /ack_deadline_seconds: 601 is out of range: give 10 to 600/,
  ],
  [
    'a request that is cut before the handler ends',
    () => changed('google_cloud_run_v2_service', ['archive'], inside('template', { timeout: '10s' })),
    /template\.timeout: .*: give at least 30s/,
  ],
  [
    'a retention below the age',
    () => subscription(put({ message_retention_duration: '3600s' })),
    /message_retention_duration: .* before its age of 7200 s: raise infra\.pubsub\.retentionHours/,
  ],
  [
    'a retention above a month',
    () => subscription(put({ message_retention_duration: '2678401s' })),
    /message_retention_duration: 2678401s is out of range: give 600s to 2678400s/,
  ],
  [
    'a subscription that expires',
    () => subscription(put({ expiration_policy: { ttl: '2678400s' } })),
    /expiration_policy\.ttl: .*: give ""/,
  ],
  [
    'no order',
    () => subscription(put({ enable_message_ordering: false })),
    /enable_message_ordering: .*: give true/,
  ],
  [
    'exactly once by push',
    () => subscription(put({ enable_exactly_once_delivery: true })),
    /enable_exactly_once_delivery: .*: leave it out/,
  ],
  ['a filter', () => subscription(put({ filter: 'attributes.a = "b"' })), /filter: .*: leave it out/],
  [
    'no backoff',
    () => subscription(put({ retry_policy: undefined })),
    /retry_policy: missing.*: give policy\.backoff/,
  ],
  [
    'a backoff above ten minutes',
    () => subscription(inside('retry_policy', { maximum_backoff: '601s' })),
    /maximum_backoff: 601 s .*: lower policy\.backoff\.maxMs/,
  ],
  [
    'a backoff upside down',
    () => subscription(inside('retry_policy', { minimum_backoff: '100s' })),
    /minimum_backoff: 100 s is above .*: lower policy\.backoff\.initialMs/,
  ],
  [
    'no dead letter',
    () => subscription(put({ dead_letter_policy: undefined })),
    /dead_letter_policy: missing.*: give dead_letter_topic and max_delivery_attempts/,
  ],
  [
    'four attempts',
    () => subscription(inside('dead_letter_policy', { max_delivery_attempts: 4 })),
    /max_delivery_attempts: 4 is out of range: give 5 to 100 by policy\.maxAttempts/,
  ],
  [
    'dead letters that come back',
    () =>
      subscription(inside('dead_letter_policy', { dead_letter_topic: 'projects/my-project/topics/bills' })),
    /dead_letter_topic: it is the source itself: give another topic/,
  ],
  [
    'a topic of dead letters that is not there',
    () =>
      subscription(inside('dead_letter_policy', { dead_letter_topic: 'projects/my-project/topics/none' })),
    /dead_letter_topic: there is no topic none: add it/,
  ],
  [
    'dead letters that nobody holds',
    () => without('google_pubsub_subscription', 'redrive-not-archived'),
    /dead_letter_topic: nothing subscribes to not-archived.*: add a subscription/,
  ],
  [
    'dead letters that are gone first',
    () =>
      changed(
        'google_pubsub_subscription',
        ['redrive-not-archived'],
        put({ message_retention_duration: '3600s' }),
      ),
    /message_retention_duration: dead letters are gone .*: raise infra\.pubsub\.deadLetterHours/,
  ],
  [
    'a service agent that may not publish dead letters',
    () => without('google_pubsub_topic_iam_member', 'billing_deadletters'),
    /may not publish to dlq\.billing: grant roles\/pubsub\.publisher/,
  ],
  [
    'a service agent that may not take what it forwards',
    () => without('google_pubsub_subscription_iam_member', 'billing_forwarder'),
    /may not take what it forwards: grant roles\/pubsub\.subscriber on orders\+billing/,
  ],
  [
    'a worker that may not dead-letter',
    () => without('google_pubsub_topic_iam_member', 'copy_publishes'),
    /google_cloud_run_v2_worker_pool.*may publish to no topic of dead letters: grant it/,
  ],
  [
    'nobody who hears of what is behind',
    () => without('google_monitoring_alert_policy', 'archive-behind'),
    /no alert looks at its oldest_unacked_message_age: add .* bills\+archive/,
  ],
  [
    'nobody who hears of dead letters',
    () => without('google_monitoring_alert_policy', 'dead-not-archived'),
    /no alert looks at its num_undelivered_messages: add .* not-archived\+redrive/,
  ],
  [
    'nobody who hears of errors',
    () => without('google_monitoring_alert_policy', 'archive-fails'),
    /no alert looks at its request_count: add .* waybill-dev-archive/,
  ],
  [
    'a password in the environment',
    () =>
      changed(
        'google_cloud_run_v2_service',
        ['archive'],
        inside('template.containers.0', { env: [{ name: 'HOOK_PASSWORD', value: 'hunter2' }] }),
      ),
    /containers\.env: HOOK_PASSWORD holds a secret.*: let the handler fetch it from Secret Manager/,
  ],
  [
    'a misspelt argument of what is read',
    () => {
      const modules = structuredClone(sound)
      const module = Object.values(modules).find(({ data }) => data !== undefined)
      for (const each of Object.values(module?.data?.google_project ?? {})) each.projekt = 'my-project'
      return modules
    },
    /data\.google_project\.project: .*"projekt": correct the name, or leave it out/,
  ],
  [
    'another provider',
    () => {
      const modules = structuredClone(sound)
      const [module] = Object.values(modules)
      if (module !== undefined) module.provider.random = [{}]
      return modules
    },
    /provider\.random: no rule knows random: leave it out/,
  ],
  [
    'a misspelt argument',
    () => subscription(put({ ack_deadline: 20 })),
    /"ack_deadline": correct the name, or leave it out/,
  ],
  [
    'a value of another type',
    () => subscription(put({ ack_deadline_seconds: '40s' })),
    /ack_deadline_seconds: .*: give what hashicorp\/google takes/,
  ],
]

describe('modules that are sound', () => {
  it('break no rule', () => {
    expect(faultsOf(sound)).toEqual([])
  })
})

describe('modules that are broken', () => {
  it.each(broken)('are refused, naming setting and fix: %s', (_, change, message) => {
    const faults = faultsOf(change())
    expect(faults.filter((fault) => message.test(fault))).not.toEqual([])
  })
})

import { expect, it } from '@jest/globals'
import type { Policy } from '../../adapters/core/policy.ts'
import type { Subscription } from '../../adapters/pubsub/api.ts'
import { type PubsubOptions, settingsOf } from '../../adapters/pubsub/options.ts'
import { ensureSubscription } from '../../adapters/pubsub/subscription.ts'
import { fakeRequests, ordered, statusError } from './fake-requests.ts'

const source = { topic: 'orders', group: 'g' }
const counting = { ordered: false, attempts: true }
const policy: Policy = { maxAttempts: 7, backoff: { initialMs: 2_000, maxMs: 60_000 } }
const counted: Subscription = {
  ...ordered,
  enableMessageOrdering: false,
  deadLetterPolicy: { deadLetterTopic: 'projects/p/topics/dlq.g', maxDeliveryAttempts: 7 },
  retryPolicy: { minimumBackoff: { seconds: '2' }, maximumBackoff: { seconds: '60' } },
}
const letters = counted.deadLetterPolicy
const retries = counted.retryPolicy

function ensured(found: Subscription, options: PubsubOptions, given?: Policy): Promise<unknown> {
  return ensureSubscription(fakeRequests({}, found), source, settingsOf(options), given)
}

interface Differing {
  readonly told: string
  readonly found?: Subscription
  readonly options?: PubsubOptions
  readonly policy?: Policy
}

const differing: readonly Differing[] = [
  {
    told: 'topic is "projects/p/topics/others", needed "projects/p/topics/orders"',
    found: { topic: 'projects/p/topics/others' },
  },
  {
    told: 'enable_message_ordering is false, needed true',
    found: { enableMessageOrdering: false },
  },
  {
    told: 'push_config.push_endpoint is "https://a.example/", needed unset',
    found: { pushConfig: { pushEndpoint: 'https://a.example/' } },
  },
  { told: 'detached is true, needed false', found: { detached: true } },
  { told: 'retain_acked_messages is false, needed true', options: { retainAcked: true } },
  {
    told: 'filter is "attributes:a", needed "attributes:b"',
    found: { filter: 'attributes:a' },
    options: { filter: 'attributes:b' },
  },
  {
    told: 'enable_exactly_once_delivery is true, needed false',
    found: { enableExactlyOnceDelivery: true },
    options: { exactlyOnce: false },
  },
  {
    told: 'dead_letter_policy is unset, needed to count attempts',
    found: { ...counted, deadLetterPolicy: null },
    options: counting,
  },
  {
    told: 'dead_letter_policy.dead_letter_topic is "projects/p/topics/letters", needed "projects/p/topics/dlq.g"',
    found: { ...counted, deadLetterPolicy: { ...letters, deadLetterTopic: 'projects/p/topics/letters' } },
    options: counting,
    policy,
  },
  {
    told: 'dead_letter_policy.max_delivery_attempts is 5, needed 7',
    found: { ...counted, deadLetterPolicy: { ...letters, maxDeliveryAttempts: 5 } },
    options: counting,
    policy,
  },
  {
    told: 'retry_policy.minimum_backoff is "10000 ms", needed "2000 ms"',
    found: { ...counted, retryPolicy: { ...retries, minimumBackoff: { seconds: '10' } } },
    options: counting,
    policy,
  },
  {
    told: 'retry_policy.maximum_backoff is unset, needed "60000 ms"',
    found: { ...counted, retryPolicy: { minimumBackoff: { seconds: '2' } } },
    options: counting,
    policy,
  },
]

it.each(differing)('refuses a subscription that exists: $told', async (given) => {
  const { told, found, options = {}, policy: wanted } = given
  await expect(ensured({ ...ordered, ...found }, options, wanted)).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: `[pubsub] subscription "orders+g" exists with other settings: ${told}: change the options or the subscription`,
  })
})

it('takes a subscription that exists and is as it must be, and one that these credentials may not look at', async () => {
  await expect(ensured(ordered, {})).resolves.toMatchObject({ isNew: false })
  await expect(ensured(counted, counting, policy)).resolves.toMatchObject({ leastBackoffMs: 2_000 })
  const getSubscription = async () => {
    throw statusError(7, 'not allowed')
  }
  const settings = settingsOf({})
  await expect(
    ensureSubscription(fakeRequests({ getSubscription }), source, settings),
  ).resolves.toMatchObject({ isNew: false })
})

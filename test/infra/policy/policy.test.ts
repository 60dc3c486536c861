import { describe, expect, it } from '@jest/globals'
import { type Policy, resolvePolicy } from '../../../adapters/core/policy.ts'
import { createEvent } from '../../../adapters/index.ts'
import { memory } from '../../../adapters/memory/index.ts'
import { lambdaKafka } from '../../../functions/hosts/lambda-kafka.ts'
import { lambdaKinesis } from '../../../functions/hosts/lambda-kinesis.ts'
import { kafkaMapping } from '../../../infra/policy/kafka.ts'
import { kinesisMapping } from '../../../infra/policy/kinesis.ts'
import { natsWorker } from '../../../infra/policy/nats.ts'
import { pubsubSubscription } from '../../../infra/policy/pubsub.ts'
import { pubsubPull } from '../../../infra/policy/pubsub-worker.ts'
import { eventually } from '../../eventually.ts'
import { kafkaRecords, kinesisEvent, runKafkaMapping, runKinesisMapping } from '../../platform/index.ts'
import { table } from './table.ts'

const names = [
  'maxAttempts',
  'maxAgeMs',
  'backoff',
  'timeoutMs',
  'deadLetter',
  'concurrency',
  'drainMs',
] as const

function subject(policy: Policy, rest: object = {}) {
  return { name: 'billing', topic: 'orders', group: 'billing', retentionHours: 24, ...rest, policy }
}

/** All settings in one level, as the table writes them. */
function flat(settings: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]): [string, unknown][] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(flat(value))
        : [[key, value]],
    ),
  )
}

describe('one policy', () => {
  it.each(table)('is the same on every platform where it says $says', (row) => {
    const { policy, start, retentionHours = 24 } = row
    const of = subject(policy, { start, retentionHours, deadLetterRetentionHours: retentionHours })
    const kinesis = kinesisMapping(of)
    const kafka = kafkaMapping({ ...of, pollers: { min: 1, max: 4 } })
    const nats = natsWorker({ ...of, replicas: 3 })
    const pubsub = pubsubSubscription(of)
    expect(resolvePolicy(policy, 'billing')).toMatchObject(row.worker)
    expect(flat(kinesis.settings)).toMatchObject(row.kinesis)
    expect(flat(kafka.settings)).toMatchObject(row.kafka)
    expect(flat(nats.settings)).toMatchObject(row.nats)
    expect(flat(pubsub.settings)).toMatchObject(row.pubsub)
    expect([kinesis, kafka, nats, pubsub].flatMap(({ problems }) => problems)).toEqual([])
  })

  it('never loses a setting: each is obeyed, refused or declared', () => {
    // What changes nothing that is compiled has to be told.
    const changes: Required<{ [K in (typeof names)[number]]: Policy }> = {
      maxAttempts: { maxAttempts: 9 },
      maxAgeMs: { maxAgeMs: 3_600_000 },
      backoff: { backoff: { initialMs: 5_000 } },
      timeoutMs: { timeoutMs: 100_000 },
      deadLetter: { deadLetter: false },
      concurrency: { concurrency: 3 },
      drainMs: { drainMs: 50_000 },
    }
    const compilers = {
      kinesis: (policy: Policy) => kinesisMapping(subject(policy)),
      kafka: (policy: Policy) => kafkaMapping({ ...subject(policy), pollers: { min: 1, max: 4 } }),
      pubsub: (policy: Policy) => pubsubSubscription(subject(policy)),
    }
    for (const [platform, compile] of Object.entries(compilers)) {
      const usual = compile({})
      for (const name of names) {
        const { settings, problems, differences } = compile(changes[name])
        const isObeyed = JSON.stringify(settings) !== JSON.stringify(usual.settings)
        const isTold = [
          ...problems.map(({ path }) => path),
          ...differences.map(({ setting }) => setting),
        ].some((path) => path.startsWith(`functions.billing.policy.${name}`))
        expect([platform, name, isObeyed || isTold]).toEqual([platform, name, true])
      }
    }
  })
})

describe('an event that always fails', () => {
  it('is tried as often behind Kinesis and Kafka as in a worker', async () => {
    const policy: Policy = { maxAttempts: 3, backoff: { initialMs: 1 } }
    const order = createEvent({ type: 'order.placed', source: '/shop', data: {} })
    const calls = { worker: 0, kinesis: 0, kafka: 0 }
    const failing = (host: keyof typeof calls) => () => {
      calls[host]++
      throw new Error('no')
    }
    await using broker = memory()
    await using subscription = broker.subscribe({ topic: 'orders', group: 'billing' }, failing('worker'), {
      policy,
    })
    await broker.publish('orders', [order])
    await eventually('the worker gives up', () => calls.worker === 3)
    await subscription.close()
    const kinesis = kinesisMapping(subject(policy)).settings
    await runKinesisMapping(
      kinesisEvent([order]).Records,
      lambdaKinesis({ name: 'billing', handler: failing('kinesis'), policy }),
      { ...kinesis, maximumRecordAgeInSeconds: -1, timeoutMs: kinesis.timeoutSeconds * 1_000 },
    )
    const kafka = kafkaMapping({ ...subject(policy), pollers: { min: 1, max: 1 } }).settings
    await runKafkaMapping(
      kafkaRecords([order]),
      lambdaKafka({ name: 'billing', handler: failing('kafka'), policy }),
      { ...kafka, maximumRecordAgeInSeconds: -1, timeoutMs: kafka.timeoutSeconds * 1_000 },
    )
    expect(calls).toEqual({ worker: 3, kinesis: 3, kafka: 3 })
  })
})

describe('a policy that a platform cannot obey', () => {
  const day = 86_400_000
  const kinesis = (policy: Policy, rest: object = {}) => kinesisMapping(subject(policy, rest)).problems
  const kafka = (policy: Policy, rest: object = {}) =>
    kafkaMapping({ ...subject(policy), pollers: { min: 1, max: 4 }, ...rest }).problems
  const nats = (policy: Policy, rest: object = {}) =>
    natsWorker({ ...subject(policy, rest), replicas: 3 }).problems
  const pubsub = (policy: Policy, rest: object = {}) => pubsubSubscription(subject(policy, rest)).problems

  it.each([
    [
      'an age above the retention',
      kinesis({ maxAgeMs: 2 * day }),
      'maxAgeMs',
      'raise infra.kinesis.retentionHours',
    ],
    ['an age below a minute', kinesis({ maxAgeMs: 500 }), 'maxAgeMs', 'give 60000 to 604800000'],
    [
      'an age above a week',
      kinesis({ maxAgeMs: 8 * day }, { retentionHours: 8_760 }),
      'maxAgeMs',
      'give 60000 to',
    ],
    ['too many attempts', kinesis({ maxAttempts: 10_002 }), 'maxAttempts', 'give at most 10001'],
    ['a handler slower than Lambda', kinesis({ timeoutMs: 900_000 }), 'timeoutMs', 'give at most 899000'],
    [
      'a call shorter than a handler',
      kinesis({}, { timeoutSeconds: 20 }),
      'timeoutSeconds',
      'give at least 31',
    ],
    [
      'a dead letter that is gone first',
      kinesis({ deadLetter: 'd' }, { deadLetterRetentionHours: 12 }),
      'deadLetter',
      'raise its retentionHours',
    ],
    [
      'failures that are gone first',
      kinesis({}, { retentionHours: 720, failureDays: 3 }),
      'failureDays',
      'give at least 30',
    ],
    ['a queue for a month', kinesis({}, { retentionHours: 720, failures: 'sqs' }), 'failures', "give 's3'"],
    ['a start at a position', kinesis({}, { start: { position: '1' } }), 'source.start', 'give { time }'],
    [
      'a name too long for a stream',
      kinesis({}, { topic: 'x'.repeat(129) }),
      'source.topic',
      'takes 1 to 128',
    ],
    ['a name that no stream has', kinesis({}, { topic: 'a b' }), 'source.topic', 'use letters'],
    [
      'a handler slower than Kafka lets it be',
      kafka({ timeoutMs: 840_000 }),
      'timeoutMs',
      'give at most 839000',
    ],
    [
      'attempts without provisioned mode',
      kafka({}, { pollers: false }),
      'maxAttempts',
      'give infra.kafka.pollers',
    ],
    [
      'an age without provisioned mode',
      kafka({ maxAgeMs: 3_600_000, maxAttempts: Infinity }, { pollers: false }),
      'maxAgeMs',
      'give infra.kafka.pollers',
    ],
    [
      'endless attempts with a destination',
      kafka({ maxAttempts: Infinity }),
      'maxAttempts',
      'give a whole number',
    ],
    [
      'fewer pollers at most than at least',
      kafka({}, { pollers: { min: 5, max: 2 } }),
      'pollers.min',
      'raise pollers.max',
    ],
    [
      'a stream that forgets first',
      nats({ maxAgeMs: 2 * day }),
      'maxAgeMs',
      'raise infra.nats.retentionHours',
    ],
    ['a drain longer than Fargate waits', nats({ drainMs: 200_000 }), 'drainMs', 'give at most 115000'],
    ['a wildcard as a topic', nats({}, { topic: 'orders.*' }), 'source.topic', 'use words'],
    ['too few attempts for Pub/Sub', pubsub({ maxAttempts: 3 }), 'maxAttempts', 'from 5 to 100'],
    ['attempts without end', pubsub({ maxAttempts: Infinity }), 'maxAttempts', 'from 5 to 100'],
    ['an age that nobody looks at', pubsub({ maxAgeMs: 60_000 }), 'maxAgeMs', 'name a policy.deadLetter'],
    ['a handler above the deadline', pubsub({ timeoutMs: 600_000 }), 'timeoutMs', 'give at most 595000'],
    [
      'a backoff above ten minutes',
      pubsub({ backoff: { maxMs: 700_000 } }),
      'backoff.maxMs',
      'give at most 600000',
    ],
    [
      'retries that outlast what a stream keeps',
      nats({ maxAttempts: 1_000, backoff: { maxMs: 600_000 } }),
      'maxAttempts',
      'raise infra.nats.retentionHours',
    ],
    [
      'retries that outlast what a subscription keeps',
      pubsub({ maxAttempts: 100, timeoutMs: 590_000, backoff: { maxMs: 600_000 } }),
      'maxAttempts',
      'raise infra.pubsub.retentionHours',
    ],
    [
      'retries that outlast what a subscription keeps for a worker',
      pubsubPull(subject({ maxAttempts: 10, timeoutMs: 10_800_000 })).problems,
      'maxAttempts',
      'raise infra.pubsub.retentionHours',
    ],
    ['a group that permissions read as any', kafka({}, { group: '*' }), 'source.group', 'use letters'],
    ['a name too short for Pub/Sub', pubsub({}, { topic: 'ab' }), 'source.topic', 'takes 3 to 255'],
  ])('is refused, naming setting and fix: %s', (_, problems, setting, fix) => {
    expect(problems.map(({ path }) => path).join()).toContain(setting)
    expect(problems.map(({ message }) => message).join()).toContain(fix)
    expect(problems).toHaveLength(1)
  })
})

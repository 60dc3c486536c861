import { describe, expect, test } from '@jest/globals'
import { resolveConfig } from '../../../cli/config/index.ts'
import { outlineOf } from '../../../infra/outline.ts'
import type { PlatformName } from '../../../infra/platform.ts'

const cloud = { pubsub: { project: 'shop-project', region: 'europe-west1' } }

/** What a platform tells of the settings of one function. */
function told(
  platform: PlatformName,
  fn: object,
  rest: { readonly infra?: object; readonly brokers?: object } = {},
) {
  const config = resolveConfig({
    brokers: { main: 'memory://', ...rest.brokers },
    functions: {
      billing: { handler: './billing.ts', source: { broker: 'main', topic: 'orders' }, ...fn },
    },
    infra: { ...cloud, ...rest.infra },
  })
  const { problems, differences } = outlineOf(config, platform)
  const isOurs = (path: string) => /\.(hosts|idempotency)\./.test(path)
  return [
    ...problems.filter(({ path }) => isOurs(path)).map(({ path, message }) => `refused ${path}: ${message}`),
    ...differences
      .filter(({ setting }) => isOurs(setting))
      .map(({ setting, means }) => `${setting}: ${means}`),
  ]
}

const endless = { maxAttempts: Number.POSITIVE_INFINITY }

describe('the settings of a host', () => {
  test('that the stack does as well are no word', () => {
    const hosts = { 'lambda-kinesis': { partialResponses: true, marginMs: 500 }, http: { maxBytes: 1_000 } }
    expect(told('kinesis', { hosts })).toEqual([])
    expect(told('kafka', { hosts: { 'lambda-kafka': { partialResponses: true } } })).toEqual([])
    expect(told('pubsub', { hosts })).toEqual([])
  })

  test.each(['kinesis', 'kafka'] as const)('without partial responses are refused for %s', (platform) => {
    expect(told(platform, { hosts: { [`lambda-${platform}`]: { partialResponses: false } } })).toEqual([
      `refused functions.billing.hosts.lambda-${platform}.partialResponses: the event source mapping has ReportBatchItemFailures, ` +
        'and one failure would repeat the whole batch: leave it out',
    ])
  })

  test('with partial responses are refused where Lambda on demand takes none', () => {
    const infra = { kafka: { pollers: false } }
    const of = (partialResponses: boolean) =>
      told('kafka', { hosts: { 'lambda-kafka': { partialResponses } }, policy: endless }, { infra })
    expect(of(false)).toEqual([])
    expect(of(true)).toEqual([
      expect.stringMatching(
        /^refused .*partialResponses: Lambda on demand reads a partial response as success/,
      ),
    ])
  })

  test('that a platform reads in its own way are told', () => {
    expect(told('kinesis', { hosts: { 'lambda-kinesis': { order: 'key' } } })).toEqual([
      'functions.billing.hosts.lambda-kinesis.order: the order of a partition key is kept, that of a shard is not',
    ])
    expect(told('pubsub', { hosts: { http: { authentication: 'none' } } })).toEqual([
      expect.stringMatching(
        /authentication: Cloud Run lets in the service account of the subscription alone/,
      ),
    ])
  })

  test('a margin counts to the time that a call needs', () => {
    const problems = (marginMs: number) =>
      outlineOf(
        resolveConfig({
          brokers: { main: 'memory://' },
          functions: {
            billing: {
              handler: './billing.ts',
              source: { topic: 'orders' },
              policy: { timeoutMs: 895_000 },
              hosts: { 'lambda-kinesis': { marginMs } },
            },
          },
        }),
        'kinesis',
      ).problems
    expect(problems(5_000)).toEqual([])
    expect(problems(10_000)).toEqual([
      {
        path: 'functions.billing.policy.timeoutMs',
        message: 'a function behind kinesis runs for at most 900 s: give at most 890000',
      },
    ])
  })
})

describe('idempotency', () => {
  const once = (store: unknown, more: object = {}) => ({ idempotency: { store }, ...more })

  test.each(['kinesis', 'kafka', 'nats', 'pubsub'] as const)('in memory is refused for %s', (platform) => {
    expect(told(platform, once('memory'))).toEqual([
      expect.stringMatching(
        /^refused functions\.billing\.idempotency\.store: notes in memory are of one process/,
      ),
    ])
  })

  test('in a table is the stack’s, where it can be reached', () => {
    const store = { table: 'handled' }
    expect(told('kinesis', once(store))).toEqual([])
    expect(told('kafka', once(store))).toEqual([])
    expect(told('nats', once(store))).toEqual([])
    expect(told('kafka', once(store, { sink: 'invoices' }))).toEqual([])
    expect(told('kafka', once({ ...store, region: 'eu-west-3' }, { sink: 'invoices' }))).toEqual([
      expect.stringMatching(
        /^refused .*store: a function that publishes runs inside the network of the cluster, .*: leave region/,
      ),
    ])
    expect(told('kinesis', once({ table: 'arn:aws:dynamodb:eu-west-3:111122223333:table/handled' }))).toEqual(
      [
        'refused functions.billing.idempotency.store.table: no table of DynamoDB: use letters, digits, "_", "." and "-"',
      ],
    )
    expect(told('pubsub', once(store))).toEqual([expect.stringMatching(/^functions.*credentials of AWS/)])
  })

  test('in a bucket needs a broker that has buckets there', () => {
    expect(told('nats', once({ bucket: 'handled' }))).toEqual([])
    expect(told('kinesis', once({ bucket: 'handled' }))).toEqual([
      expect.stringMatching(
        /^refused .*store: broker "main" is kinesis:\/\/ there, which has no key-value buckets/,
      ),
    ])
    expect(
      told('kinesis', once({ bucket: 'handled', broker: 'notes' }), {
        brokers: { notes: 'nats://notes:4222' },
      }),
    ).toEqual([expect.stringMatching(/^functions.*the function has to reach broker "notes"/)])
    expect(
      told('kafka', once({ bucket: 'handled', broker: 'notes' }, { sink: 'invoices' }), {
        brokers: { notes: 'nats://notes:4222' },
      }),
    ).toEqual([expect.stringMatching(/^refused .*which broker "notes" is not reached from: give { table }/)])
  })
})

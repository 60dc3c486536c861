import type { StartPosition } from '../../../adapters/core/driver.ts'
import type { Policy } from '../../../adapters/core/policy.ts'

/** One policy, and what each platform is set to by it. What has no limit is `Infinity` at run time. */
export interface Row {
  readonly says: string
  readonly policy: Policy
  readonly start?: StartPosition
  readonly retentionHours?: number
  readonly worker: Readonly<Record<string, unknown>>
  readonly kinesis: Readonly<Record<string, unknown>>
  readonly kafka: Readonly<Record<string, unknown>>
  readonly nats: Readonly<Record<string, unknown>>
  readonly pubsub: Readonly<Record<string, unknown>>
}

const hour = 3_600_000

/** Worker and platforms are held to this one table. */
export const table: readonly Row[] = [
  {
    says: 'nothing',
    policy: {},
    worker: { maxAttempts: 5, maxAgeMs: Infinity, timeoutMs: 30_000, deadLetter: 'dlq.billing' },
    kinesis: {
      maximumRetryAttempts: 4,
      maximumRecordAgeInSeconds: 82_800,
      timeoutSeconds: 62,
      startingPosition: 'TRIM_HORIZON',
    },
    kafka: {
      maximumRetryAttempts: 4,
      maximumRecordAgeInSeconds: 82_800,
      timeoutSeconds: 62,
      partialResponses: true,
    },
    nats: { ack_wait: 35e9, max_deliver: -1, max_age: 24 * hour * 1e6, stopTimeoutSeconds: 15 },
    pubsub: {
      ackDeadlineSeconds: 35,
      maxDeliveryAttempts: 5,
      minimumBackoffSeconds: 1,
      maximumBackoffSeconds: 30,
    },
  },
  {
    says: 'seven attempts within two hours, from now on',
    policy: { maxAttempts: 7, maxAgeMs: 2 * hour, deadLetter: 'rest' },
    start: 'latest',
    worker: { maxAttempts: 7, maxAgeMs: 2 * hour, deadLetter: 'rest' },
    kinesis: { maximumRetryAttempts: 6, maximumRecordAgeInSeconds: 7_200, startingPosition: 'LATEST' },
    kafka: { maximumRetryAttempts: 6, maximumRecordAgeInSeconds: 7_200, startingPosition: 'LATEST' },
    nats: { ack_wait: 35e9, max_age: 24 * hour * 1e6 },
    pubsub: { maxDeliveryAttempts: 7, messageRetentionSeconds: 86_400 },
  },
  {
    says: 'slow handlers that may take ten minutes less ten seconds',
    policy: { timeoutMs: 590_000, drainMs: 100_000, backoff: { initialMs: 10_000, maxMs: 600_000 } },
    worker: { timeoutMs: 590_000, drainMs: 100_000 },
    kinesis: { timeoutSeconds: 900 },
    kafka: { timeoutSeconds: 840 },
    nats: { ack_wait: 595e9, priority_timeout: 595e9, stopTimeoutSeconds: 105 },
    pubsub: {
      ackDeadlineSeconds: 595,
      timeoutSeconds: 595,
      minimumBackoffSeconds: 10,
      maximumBackoffSeconds: 600,
    },
  },
  {
    says: 'no limit of a call, and a place in time',
    policy: { timeoutMs: 0, concurrency: 4 },
    start: { time: 1_700_000_000_000 },
    worker: { timeoutMs: 0, concurrency: 4 },
    kinesis: {
      timeoutSeconds: 900,
      startingPosition: 'AT_TIMESTAMP',
      startingPositionTimestamp: 1_700_000_000,
    },
    kafka: {
      timeoutSeconds: 840,
      startingPosition: 'AT_TIMESTAMP',
      startingPositionTimestamp: 1_700_000_000,
    },
    nats: { ack_wait: 30e9 },
    pubsub: { ackDeadlineSeconds: 600, requestConcurrency: 4 },
  },
  {
    says: 'a month of retention, ages in parts of a second',
    policy: { maxAgeMs: 90_500, deadLetter: 'rest' },
    retentionHours: 720,
    worker: { maxAgeMs: 90_500 },
    kinesis: { maximumRecordAgeInSeconds: 91, days: 30 },
    kafka: { maximumRecordAgeInSeconds: 91, days: 30 },
    nats: { max_age: 720 * hour * 1e6 },
    pubsub: { messageRetentionSeconds: 2_592_000 },
  },
  {
    says: 'a month of retention without an age',
    policy: {},
    retentionHours: 720,
    worker: { maxAgeMs: Infinity },
    kinesis: { maximumRecordAgeInSeconds: 604_800 },
    kafka: { maximumRecordAgeInSeconds: 604_800 },
    nats: {},
    pubsub: {},
  },
]

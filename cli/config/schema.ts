import * as z from 'zod'
import type { Policy } from '../../adapters/core/policy.ts'
import { hostsSchema } from './hosts.ts'
import { idempotencySchema } from './idempotency.ts'
import { infraSchema } from './infra.ts'

// The descriptions are the "how to fix" of error messages: each completes "give …".

const text = (description: string) =>
  z
    .string()
    .min(1, { error: `empty: give ${description}` })
    .describe(description)

const count = (description: string) =>
  z.custom<number>((value) => typeof value === 'number').describe(description)

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/)

const broker = z
  .union([z.string().min(1), z.looseObject({ url: text('the URL of the broker') })])
  .describe("a URL such as 'memory://', or { url, …options }")

const brokerName = text('the name of one of "brokers"').optional()

const start = z
  .union([
    z.literal(['earliest', 'latest']),
    z.strictObject({
      time: z
        .union([z.number(), z.iso.datetime({ offset: true }).transform((time) => Date.parse(time))])
        .describe("milliseconds since 1970, or a time such as '2026-01-31T00:00:00Z'"),
    }),
    z.strictObject({
      position: text('a position of that topic, as text'),
      lane: text('the lane of the position').optional(),
    }),
  ])
  .describe("'earliest', 'latest', { time } or { position }")

const source = z
  .strictObject({
    /** Which of `brokers` to read from. Default: the only one, or `main`. */
    broker: brokerName,
    topic: text('the topic to read'),
    /** Members of one group share the events; every group gets them all. Default: the function's name. */
    group: text('the name of the group').optional(),
    /** Where a group begins that has no position yet. Default `earliest`. */
    start: start.optional(),
  })
  .describe("{ topic: '…' }, what the function reads")

const sink = z
  .union([
    z.string().min(1, { error: 'empty: give a topic, or { broker, topic }' }),
    z.strictObject({
      /** Which of `brokers` to publish to. Default: the broker of the source. */
      broker: brokerName,
      topic: text('the topic that receives what the handler returns'),
    }),
  ])
  .describe('a topic, or { broker, topic }')

// Ranges are left to `resolvePolicy`, which every way to subscribe goes through.
const policy = z
  .strictObject({
    maxAttempts: count('a whole number of 1 or more').optional(),
    maxAgeMs: count('a number of milliseconds').optional(),
    backoff: z
      .strictObject({
        initialMs: count('a number of milliseconds').optional(),
        maxMs: count('a number of milliseconds').optional(),
        factor: count('a number of 1 or more').optional(),
      } satisfies Record<keyof NonNullable<Policy['backoff']>, z.ZodType>)
      .describe('{ initialMs, maxMs, factor }')
      .optional(),
    timeoutMs: count('a number of milliseconds').optional(),
    deadLetter: z
      .union([z.string().min(1, { error: 'empty: give a topic, or false' }), z.literal(false)])
      .describe('a topic, or false')
      .optional(),
    concurrency: count('a whole number of 1 or more').optional(),
    drainMs: count('a number of milliseconds').optional(),
  } satisfies Record<keyof Policy, z.ZodType>)
  .describe('{ maxAttempts, backoff, timeoutMs, … }')

const functionSchema = z
  .strictObject({
    /** Path of the module that exports `handler` or `createHandler`, relative to the configuration file. */
    handler: text('the path of its module, relative to this file'),
    /** Given to the module's `createHandler`. */
    options: z.record(z.string(), z.unknown()).describe('an object of options').optional(),
    source,
    /** Where the events go that the handler returns. */
    sink: sink.optional(),
    policy: policy.optional(),
    /** Settings by host, for those that a platform calls: a function runs on several without a change. */
    hosts: hostsSchema.optional(),
    /** Handles each event once, as far as that can be. Default: an event that comes again is handled again. */
    idempotency: idempotencySchema.optional(),
  })
  .describe('{ handler, source, … }')

/** What a configuration file may hold: the one source of the types and of the checks. */
export const configSchema = z
  .strictObject({
    /** Name to URL, or to `{ url, …options }`. `WAYBILL_BROKER_<NAME>` and `--broker` replace a URL. */
    brokers: z.record(name, broker).describe("{ main: 'memory://' }"),
    /** Name to what it runs, what it reads and where its results go. */
    functions: z
      .record(name, functionSchema)
      .describe("{ name: { handler: './handler.ts', source: { topic: '…' } } }"),
    /** What is deployed beside the functions: stage, retention, clusters. */
    infra: infraSchema.optional(),
  })
  .describe('{ brokers, functions }')

/** A configuration as it is written. */
export type Config = z.input<typeof configSchema>

/** A configuration whose shape was checked. */
export type CheckedConfig = z.output<typeof configSchema>

import * as z from 'zod'
import type { IdempotencyOptions } from '../../functions/idempotency/idempotent.ts'

const text = (description: string) =>
  z
    .string()
    .min(1, { error: `empty: give ${description}` })
    .describe(description)

const named = (description: string, pattern: RegExp, fault: string) =>
  z
    .string()
    .min(1, { error: `empty: give ${description}`, abort: true })
    .regex(pattern, { error: `is no ${fault}` })
    .describe(description)

const atLeast = (least: number) => {
  const description = `a number of milliseconds, ${least} or more`
  return z
    .number()
    .min(least, { error: `is out of range: give ${description}` })
    .describe(description)
}

const store = z
  .union([
    z.literal('memory'),
    z.strictObject({
      /** A table of DynamoDB with the text key `id`, and time to live on `expires`. */
      table: named(
        'the name of a table of DynamoDB',
        /^(?:[\w.-]{3,255}|arn:\S+)$/,
        'name of a table: give 3 to 255 of a-z, A-Z, 0-9, "_", "-" and ".", or an ARN',
      ),
      /** Default: that of the environment. */
      region: text('a region of AWS').optional(),
      /** Default: that of the region. */
      endpoint: named(
        'the URL of a server of DynamoDB',
        /^https?:\/\/./,
        'URL: give one such as http://localhost:8000',
      ).optional(),
    }),
    z.strictObject({
      /** A key-value bucket of JetStream, made where it is missing. */
      bucket: named(
        'the name of a key-value bucket',
        /^[\w-]+$/,
        'name of a bucket: give some of a-z, A-Z, 0-9, "_" and "-"',
      ),
      /** Which of `brokers` holds it, one of NATS. Default: that of the source. */
      broker: text('the name of one of "brokers"').optional(),
    }),
  ])
  .describe("'memory', { table } of DynamoDB, or { bucket } of NATS")

/** How a function handles each event once. */
export const idempotencySchema = z
  .strictObject({
    /** Where it is noted which events were handled. `memory` is this process alone. */
    store,
    /** Whose work is noted. Default: the function's name. */
    scope: text('the name that the notes are kept under').optional(),
    /** How long an attempt holds its claim unless it is prolonged. Default 30 000. */
    leaseMs: atLeast(1_000).optional(),
    /** How long it is known that an event was handled. Default 7 days. */
    keepMs: atLeast(1).optional(),
  } satisfies Record<Exclude<keyof IdempotencyOptions, 'key' | 'clock'> | 'store', z.ZodType>)
  .refine(({ leaseMs = 30_000, keepMs = Number.POSITIVE_INFINITY }) => keepMs >= leaseMs, {
    path: ['keepMs'],
    error: 'is below "leaseMs", by default 30000: give as much or more, a claim must not outlast its note',
  })
  .describe("{ store: 'memory' }")

/** Idempotency as it is written. */
export type Idempotency = z.output<typeof idempotencySchema>
export type NoteStore = Idempotency['store']

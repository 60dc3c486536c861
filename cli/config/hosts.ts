import * as z from 'zod'
import type { HandshakePolicy } from '../../adapters/http/webhook.ts'
import type { HostedFunction } from '../../functions/hosts/hosted.ts'
import type { PushAuthentication, ServeOptions } from '../../functions/hosts/http.ts'
import type { LambdaKafkaOptions } from '../../functions/hosts/lambda-kafka.ts'
import type { LambdaKinesisOptions } from '../../functions/hosts/lambda-kinesis.ts'
import type { HostName } from '../build/target.ts'

/** What a host is given beside the function, its source and what the environment says: so that none is forgotten here. */
type Settings<Options> = Record<
  Exclude<keyof Options, keyof HostedFunction | 'binding' | 'topic' | 'port' | 'hostname'>,
  z.ZodType
>

const atLeast = (least: number, unit: string) => {
  const description = `a number of ${unit}, ${least} or more`
  const error = `is out of range: give ${description}`
  return z.number().min(least, { error }).describe(description)
}
const text = (description: string) =>
  z
    .string()
    .min(1, { error: `empty: give ${description}` })
    .describe(description)
const texts = (description: string) =>
  z.union([text(description), z.array(text(description)).min(1)]).describe(`${description}, or a list`)

/** Words for settings of other hosts; of what no host has, nothing. */
function misplacedIn(host: string): (issue: z.core.$ZodRawIssue) => string | undefined {
  return (issue) => {
    if (issue.code !== 'unrecognized_keys') return undefined
    const settings = settingsByHost()
    const owners = issue.keys.map((key) =>
      settings.filter(([, names]) => names.includes(key)).map(([name]) => name),
    )
    if (owners.some((hosts) => hosts.length === 0)) return undefined
    const found = issue.keys.map((key, index) => `"${key}" is a setting of ${owners[index]?.join(', ')}`)
    const own = settings.find(([name]) => name === host)?.[1] ?? []
    return `${found.join(', ')}: leave it out, ${host} has ${own.join(', ')}`
  }
}

function settingsByHost(): readonly (readonly [host: string, names: readonly string[]])[] {
  const schemas = { 'lambda-kinesis': lambdaKinesis, 'lambda-kafka': lambdaKafka, http }
  return Object.entries(schemas).map(([host, { shape }]) => [host, Object.keys(shape)])
}

/** Time that a Lambda function keeps to report what is not done. Default 1 000, at most a quarter of the time. */
const marginMs = atLeast(0, 'milliseconds').optional()
/** `false` where the event source mapping has no `ReportBatchItemFailures`: a failure repeats the whole batch then. Default true. */
const partialResponses = z.boolean().describe('true or false').optional()

const lambdaKinesis = z.strictObject(
  {
    /** What runs one after the other: all records of a `shard`, or those of one partition `key`. Default `shard`. */
    order: z.literal(['shard', 'key']).describe("'shard' or 'key'").optional(),
    marginMs,
    partialResponses,
  } satisfies Settings<LambdaKinesisOptions>,
  { error: misplacedIn('lambda-kinesis') },
)

const lambdaKafka = z.strictObject(
  {
    marginMs,
    partialResponses,
  } satisfies Settings<LambdaKafkaOptions>,
  { error: misplacedIn('lambda-kafka') },
)

const authentication = z
  .union([
    z.literal(['platform', 'none']),
    z.strictObject({
      /** What the push subscription names as its audience. */
      audience: texts('the audience of the push subscription'),
      /** The e-mail address of the service account that the subscription pushes as. */
      serviceAccount: text('the e-mail address of the service account of the push subscription'),
      /** Who signs. Default Google. */
      issuer: texts('the issuer of the tokens').optional(),
      /** Where the public keys of the signer are. Default Google's. */
      keysUrl: text('the URL of the keys of the signer').optional(),
    } satisfies Record<keyof PushAuthentication, z.ZodType>),
  ])
  .describe("'platform', 'none', or { audience, serviceAccount }")

const handshake = z
  .strictObject({
    /** DNS names that senders give as their origin, or `*` for all. */
    allowedOrigins: z
      .union([z.literal('*'), z.array(text('a DNS name'))])
      .describe("a list of DNS names, or '*'"),
    /** Requests a minute that each sender may make. Default: no limit. */
    allowedRatePerMinute: atLeast(1, 'requests').optional(),
  } satisfies Record<Exclude<keyof HandshakePolicy, 'callbacks'>, z.ZodType>)
  .describe('{ allowedOrigins }')

const http = z.strictObject(
  {
    /** Who may call. The variables `WAYBILL_PUSH_…` come first. Default `none`, which Cloud Run does not get. */
    authentication: authentication.optional(),
    /** Bytes of a body at most. Default 16 777 216. */
    maxBytes: atLeast(1, 'bytes').optional(),
    /** Bytes of all header names and values at most. Default 131 072. */
    maxHeaderBytes: atLeast(1, 'bytes').optional(),
    /** Answers senders of webhooks that ask for permission. Default: nobody gets one. */
    handshake: handshake.optional(),
    /** Time that a request may take to arrive. Default 60 000. */
    requestTimeoutMs: atLeast(0, 'milliseconds').optional(),
    /** Time that the server gives to requests under way when it ends. Default 8 000. */
    drainMs: atLeast(0, 'milliseconds').optional(),
  } satisfies Settings<ServeOptions>,
  { error: misplacedIn('http') },
)

/** Hosts that have settings of their own, each with those it has. A worker obeys the policy alone. */
export const hostsSchema = z
  .strictObject({
    'lambda-kinesis': lambdaKinesis.describe('{ order, marginMs, partialResponses }').optional(),
    'lambda-kafka': lambdaKafka.describe('{ marginMs, partialResponses }').optional(),
    http: http.describe('{ authentication, … }').optional(),
  } satisfies Record<Exclude<HostName, 'worker'>, z.ZodType>)
  .describe("{ 'lambda-kinesis': { order: 'key' } }, by host")

/** Settings of a function, by host. */
export type Hosts = z.output<typeof hostsSchema>

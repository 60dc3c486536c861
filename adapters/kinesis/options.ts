import type { BindingOptions } from '../core/binding.ts'
import { bindingOptionNames, bindingParameters } from '../core/binding-options.ts'
import type { ParameterType } from '../core/connect.ts'
import { refuseUnknown } from '../core/known.ts'
import type { LeaseStore } from './lease-store.ts'
import { problem } from './problem.ts'

/** Settings of a connection to Kinesis. All times are milliseconds. Credentials come by AWS's standard chain alone. */
export interface KinesisOptions extends BindingOptions {
  /** Default: what the environment or the shared configuration of AWS says. */
  readonly region?: string | undefined
  /** URL of Kinesis, plain HTTP included. Default: that of the region, or `AWS_ENDPOINT_URL_KINESIS`. */
  readonly endpoint?: string | undefined
  /** URL of DynamoDB. Default: that of the region, or `AWS_ENDPOINT_URL_DYNAMODB`. */
  readonly leaseEndpoint?: string | undefined
  /** The table with leases and checkpoints; any number of streams and groups share it. Default `waybill-leases`. */
  readonly leaseTable?: string | undefined
  /**
   * Where leases and checkpoints are kept: `dynamodb`, `memory` (for one process, forgotten when it ends) or a store of one's
   * own. Default `dynamodb`.
   */
  readonly leases?: 'dynamodb' | 'memory' | LeaseStore | undefined
  /** Time after which a worker that is silent is taken for dead, and its shards go to others. Default 10 000. */
  readonly leaseMs?: number | undefined
  /** How often a worker says that it is there, and hears of others. At most a third of `leaseMs`. Default 2 000, or that. */
  readonly renewMs?: number | undefined
  /** Time between two checkpoints of a shard while reading: what a crash may bring back. Default 1 000. */
  readonly checkpointMs?: number | undefined
  /** Least time between two reads of a shard; the service allows five a second, to all groups together. Default 200. */
  readonly pollMs?: number | undefined
  /** How often new shards are looked for; those that come of a shard that ended are known at once. Default 30 000. */
  readonly shardsMs?: number | undefined
  /** Records of one read. 1 to 10 000. Default 10 000. */
  readonly maxRecords?: number | undefined
  /** Reads by enhanced fan-out (`SubscribeToShard`), each group with a throughput of its own. Default false. */
  readonly fanOut?: boolean | undefined
  /** Name of the consumer that fan-out registers. Default: the group. */
  readonly consumerName?: string | undefined
  /**
   * What keeps the order of a key although the service may refuse a part of a request. `aggregate`: messages of a key that go
   * out together are one record, in the format of the Kinesis Producer Library. `single`: a request holds one message of each
   * key, which is slow where keys repeat. `none`: nothing does, so throttling may reorder a key. Default `aggregate`.
   */
  readonly order?: 'aggregate' | 'single' | 'none' | undefined
  /** Shards of the streams that `ensure` creates. Default 1. */
  readonly shards?: number | undefined
  /** Time to connect. Default 3 000. */
  readonly connectTimeoutMs?: number | undefined
  /** Time for the answer to one request. Default 30 000. */
  readonly requestTimeoutMs?: number | undefined
  /**
   * Largest record in bytes of data and partition key. Default 1 048 576; up to 10 485 760 where the stream's
   * `MaxRecordSizeInKiB` allows it.
   */
  readonly maxMessageBytes?: number | undefined
}

/** The options with nothing left open. */
export interface Settings {
  readonly region: string | undefined
  readonly endpoint: string | undefined
  readonly leaseEndpoint: string | undefined
  readonly leaseTable: string
  readonly leases: 'dynamodb' | 'memory' | LeaseStore
  readonly leaseMs: number
  readonly renewMs: number
  readonly checkpointMs: number
  readonly pollMs: number
  readonly shardsMs: number
  readonly maxRecords: number
  readonly fanOut: boolean
  readonly consumerName: string | undefined
  readonly order: 'aggregate' | 'single' | 'none'
  readonly shards: number
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly maxMessageBytes: number
}

/** Options that a URL can hold. */
export const parameters: Readonly<Record<string, ParameterType>> = {
  endpoint: 'string',
  leaseEndpoint: 'string',
  leaseTable: 'string',
  leases: 'string',
  leaseMs: 'number',
  renewMs: 'number',
  checkpointMs: 'number',
  pollMs: 'number',
  shardsMs: 'number',
  maxRecords: 'number',
  fanOut: 'boolean',
  consumerName: 'string',
  order: 'string',
  shards: 'number',
  connectTimeoutMs: 'number',
  requestTimeoutMs: 'number',
  maxMessageBytes: 'number',
  ...bindingParameters,
}

/** Options that are objects and functions. */
export const structures: readonly string[] = ['leases', ...bindingOptionNames]

const numbers = {
  leaseMs: { value: 10_000, least: 100, most: 3_600_000 },
  renewMs: { value: 2_000, least: 10, most: 1_200_000 },
  checkpointMs: { value: 1_000, least: 1, most: 3_600_000 },
  pollMs: { value: 200, least: 1, most: 60_000 },
  shardsMs: { value: 30_000, least: 10, most: 3_600_000 },
  maxRecords: { value: 10_000, least: 1, most: 10_000 },
  shards: { value: 1, least: 1, most: 100_000 },
  connectTimeoutMs: { value: 3_000, least: 1, most: 600_000 },
  requestTimeoutMs: { value: 30_000, least: 1, most: 600_000 },
  maxMessageBytes: { value: 1_048_576, least: 1, most: 10_485_760 },
} as const

/** Checks the options and fills in the rest. Throws `ERR_CONFIG` that names the option. */
export function settingsOf(options: KinesisOptions): Settings {
  refuseUnknown(options, ['region', ...Object.keys(parameters), ...structures], 'option', 'kinesis')
  const { region, leaseTable = 'waybill-leases', leases = 'dynamodb', consumerName } = options
  const { fanOut = false, order = 'aggregate' } = options
  if (region !== undefined && !/^[a-z0-9-]+$/.test(region))
    throw refused('region', 'a name such as eu-west-1')
  if (!/^[a-zA-Z0-9_.-]{3,255}$/.test(leaseTable))
    throw refused('leaseTable', '3 to 255 of a-z, A-Z, 0-9, "_", "." and "-"')
  if (typeof leases !== 'object' && leases !== 'dynamodb' && leases !== 'memory')
    throw refused('leases', 'dynamodb, memory or a lease store')
  if (consumerName !== undefined && !/^[a-zA-Z0-9_.-]{1,128}$/.test(consumerName))
    throw refused('consumerName', 'up to 128 of a-z, A-Z, 0-9, "_", "." and "-"')
  if (typeof fanOut !== 'boolean') throw refused('fanOut', 'true or false')
  if (order !== 'aggregate' && order !== 'single' && order !== 'none')
    throw refused('order', 'aggregate, single or none')
  const leaseMs = whole(options, 'leaseMs')
  const settings = {
    region,
    endpoint: urlOf(options, 'endpoint'),
    leaseEndpoint: urlOf(options, 'leaseEndpoint'),
    leaseTable,
    leases,
    consumerName,
    fanOut,
    order,
    leaseMs,
    renewMs: whole(options, 'renewMs', Math.min(numbers.renewMs.value, Math.floor(leaseMs / 3))),
    checkpointMs: whole(options, 'checkpointMs'),
    pollMs: whole(options, 'pollMs'),
    shardsMs: whole(options, 'shardsMs'),
    maxRecords: whole(options, 'maxRecords'),
    shards: whole(options, 'shards'),
    connectTimeoutMs: whole(options, 'connectTimeoutMs'),
    requestTimeoutMs: whole(options, 'requestTimeoutMs'),
    maxMessageBytes: whole(options, 'maxMessageBytes'),
  }
  if (settings.renewMs * 3 > settings.leaseMs)
    throw refused('renewMs', `a third of leaseMs (${settings.leaseMs}) or less`)
  return settings
}

function urlOf(options: KinesisOptions, name: 'endpoint' | 'leaseEndpoint'): string | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  const isUrl = /^https?:\/\/[^\s@]+$/.test(value) && URL.canParse(value)
  if (!isUrl) throw refused(name, 'a URL such as http://127.0.0.1:4567, without credentials')
  return value
}

function whole(
  options: KinesisOptions,
  name: keyof typeof numbers,
  usual: number = numbers[name].value,
): number {
  const { least, most } = numbers[name]
  const { [name]: value = usual } = options
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw refused(name, `a whole number from ${least} to ${most}`)
  return value
}

function refused(name: string, advice: string) {
  return problem('ERR_CONFIG', `option "${name}" is not valid: use ${advice}`)
}

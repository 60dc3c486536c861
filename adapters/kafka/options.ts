import type { Kafka, KafkaConfig } from 'kafkajs'
import { bindingOptionNames, bindingParameters } from '../core/binding-options.ts'
import type { ParameterType } from '../core/connect.ts'
import { WaybillError } from '../core/errors.ts'
import { refuseUnknown } from '../core/known.ts'
import type { KafkaBindingOptions } from './binding.ts'
import { checkSasl } from './sasl.ts'

/** Settings of a connection to Kafka. All times are milliseconds. */
export interface KafkaOptions extends KafkaBindingOptions {
  /** `host:port` of one or more brokers, as a list or separated by commas. The port is 9092 where it is left out. */
  readonly brokers?: string | readonly string[] | undefined
  /** Names this application in the broker's logs and quotas. Default `waybill`. */
  readonly clientId?: string | undefined
  /** Default `none`. */
  readonly compression?: 'none' | 'gzip' | undefined
  /** Time after which a member that is silent is taken for dead, and its partitions are given to others. Default 30 000. */
  readonly sessionTimeoutMs?: number | undefined
  /** How often a member says that it is there, and hears that others joined or left. Default 1 000. */
  readonly heartbeatMs?: number | undefined
  /** Time that members have to join again when others come or go. Default 60 000. */
  readonly rebalanceTimeoutMs?: number | undefined
  /** What is fetched of one partition at once, and so kept in memory of it. Default 1 048 576. */
  readonly maxBytesPerPartition?: number | undefined
  /** How long the broker waits for something to come before it answers that nothing did. Default 100. */
  readonly maxWaitMs?: number | undefined
  /** Partitions of one reader whose batches are waited for together. Default 64. */
  readonly partitionsConcurrently?: number | undefined
  /**
   * Makes readers static members, whose partitions wait for them while the process restarts, as long as the session lasts:
   * a name that this process has again after a restart, and no other has. Default: none.
   */
  readonly instanceId?: string | undefined
  /** Partitions of the topics that `ensure` creates; it refuses a topic that has others. Default: the broker's. */
  readonly partitions?: number | undefined
  /** Copies of the topics that `ensure` creates; it refuses a topic that has others. Default: the broker's. */
  readonly replication?: number | undefined
  /** Time to connect to one broker. Default 3 000. */
  readonly connectTimeoutMs?: number | undefined
  /** Time for the answer to one request. Default 30 000. */
  readonly requestTimeoutMs?: number | undefined
  /**
   * Largest message in bytes of body, headers and key. Default 1 047 552: the broker's `message.max.bytes` (1 048 588 where
   * nobody changed it) less the framing of a record. Also the most that is sent at once.
   */
  readonly maxMessageBytes?: number | undefined
  /** TLS: `true`, or the options of Node's `tls.connect`. */
  readonly ssl?: KafkaConfig['ssl'] | undefined
  /** As kafkajs takes it: plain, scram-sha-256, scram-sha-512, aws, or oauthbearer with a provider function. */
  readonly sasl?: KafkaConfig['sasl'] | undefined
  /** An instance of kafkajs that is there already; its settings then replace those of the connection. */
  readonly client?: Kafka | undefined
}

/** The options with nothing left open. */
export interface Settings {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly compression: 'none' | 'gzip'
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  readonly rebalanceTimeoutMs: number
  readonly maxBytesPerPartition: number
  readonly maxWaitMs: number
  readonly partitionsConcurrently: number
  readonly instanceId: string | undefined
  readonly partitions: number | undefined
  readonly replication: number | undefined
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly maxMessageBytes: number
  readonly ssl: KafkaConfig['ssl'] | undefined
  readonly sasl: KafkaConfig['sasl'] | undefined
  readonly client: Kafka | undefined
}

/** Options that a URL can hold. */
export const parameters: Readonly<Record<string, ParameterType>> = {
  clientId: 'string',
  compression: 'string',
  sessionTimeoutMs: 'number',
  heartbeatMs: 'number',
  rebalanceTimeoutMs: 'number',
  maxBytesPerPartition: 'number',
  maxWaitMs: 'number',
  partitionsConcurrently: 'number',
  instanceId: 'string',
  partitions: 'number',
  replication: 'number',
  connectTimeoutMs: 'number',
  requestTimeoutMs: 'number',
  maxMessageBytes: 'number',
  tombstones: 'boolean',
  restorePartitionKey: 'boolean',
  ...bindingParameters,
}

/** Options that are objects and functions. */
export const structures: readonly string[] = ['ssl', 'sasl', 'client', ...bindingOptionNames]

const defaults = {
  sessionTimeoutMs: 30_000,
  heartbeatMs: 1_000,
  rebalanceTimeoutMs: 60_000,
  maxBytesPerPartition: 1_048_576,
  maxWaitMs: 100,
  partitionsConcurrently: 64,
  connectTimeoutMs: 3_000,
  requestTimeoutMs: 30_000,
  maxMessageBytes: 1_047_552,
} as const

/** Checks the options and fills in the rest. Throws `ERR_CONFIG` that names the option. */
export function settingsOf(options: KafkaOptions): Settings {
  refuseUnknown(options, ['brokers', ...Object.keys(parameters), ...structures], 'option', 'kafka')
  const { brokers, clientId = 'waybill', compression = 'none', ssl, sasl, client } = options
  if (clientId === '') throw refused('clientId', 'a text that is not empty')
  const { instanceId } = options
  if (instanceId !== undefined && !/^[a-zA-Z0-9._-]{1,100}$/.test(instanceId))
    throw refused('instanceId', 'up to 100 of a-z, A-Z, 0-9, ".", "_" and "-"')
  if (compression !== 'none' && compression !== 'gzip') throw refused('compression', 'none or gzip')
  for (const name of ['tombstones', 'restorePartitionKey'] as const) {
    const value = options[name]
    if (value !== undefined && typeof value !== 'boolean') throw refused(name, 'true or false')
  }
  const numbers = {
    sessionTimeoutMs: whole(options, 'sessionTimeoutMs'),
    heartbeatMs: whole(options, 'heartbeatMs'),
    rebalanceTimeoutMs: whole(options, 'rebalanceTimeoutMs'),
    maxBytesPerPartition: whole(options, 'maxBytesPerPartition'),
    maxWaitMs: whole(options, 'maxWaitMs'),
    partitionsConcurrently: whole(options, 'partitionsConcurrently'),
    connectTimeoutMs: whole(options, 'connectTimeoutMs'),
    requestTimeoutMs: whole(options, 'requestTimeoutMs'),
    maxMessageBytes: whole(options, 'maxMessageBytes'),
  }
  if (numbers.heartbeatMs >= numbers.sessionTimeoutMs)
    throw refused(
      'heartbeatMs',
      `less than sessionTimeoutMs (${numbers.sessionTimeoutMs}): a third of it or less`,
    )
  if (ssl !== undefined && typeof ssl !== 'boolean' && (typeof ssl !== 'object' || ssl === null))
    throw refused('ssl', 'true, false or the options of tls.connect')
  if (sasl !== undefined) checkSasl(sasl)
  const partitions = optional('partitions', options.partitions)
  const replication = optional('replication', options.replication)
  const addresses = client === undefined ? addressesOf(brokers) : []
  return {
    ...numbers,
    brokers: addresses,
    clientId,
    compression,
    instanceId,
    partitions,
    replication,
    ssl,
    sasl,
    client,
  }
}

function addressesOf(brokers: KafkaOptions['brokers']): readonly string[] {
  const list = typeof brokers === 'string' ? brokers.split(',') : (brokers ?? [])
  const advice = 'host:port, or several separated by commas'
  if (list.length === 0) throw refused('brokers', advice)
  return list.map((address) => {
    const text = address.trim()
    if (!/^([^\s:/,@]+|\[[0-9a-f:]+\])(:\d{1,5})?$/i.test(text)) throw refused('brokers', advice)
    return /:\d+$/.test(text) && !text.endsWith(']') ? text : `${text}:9092`
  })
}

function whole(options: KafkaOptions, name: keyof typeof defaults): number {
  const { [name]: value = defaults[name] } = options
  if (!Number.isSafeInteger(value) || value < 1) throw refused(name, 'a whole number of 1 or more')
  return value
}

function optional(name: string, value: number | undefined): number | undefined {
  if (value !== undefined && (!Number.isSafeInteger(value) || value < 1))
    throw refused(name, 'a whole number of 1 or more')
  return value
}

function refused(name: string, advice: string): WaybillError {
  return new WaybillError('ERR_CONFIG', `option "${name}" is not valid: use ${advice}`, { adapter: 'kafka' })
}

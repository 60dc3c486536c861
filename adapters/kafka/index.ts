import type { Kafka } from 'kafkajs'
import { bindingOptionsOf } from '../core/binding-options.ts'
import type { Broker } from '../core/broker.ts'
import type { Adapter } from '../core/connect.ts'
import { createBroker } from '../core/create-broker.ts'
import type { Driver } from '../core/driver.ts'
import { WaybillError } from '../core/errors.ts'
import type { Logger } from '../core/observe.ts'
import { kafkaBinding } from './binding.ts'
import { createClient, type KafkaModule, loadKafkajs } from './client.ts'
import { kafkaDriver } from './driver.ts'
import { type KafkaOptions, parameters, settingsOf, structures } from './options.ts'

export { binding, type KafkaBindingOptions, kafkaBinding, leakedAttributes } from './binding.ts'
export type { KafkaOptions } from './options.ts'

/** A broker whose client is at hand, for what the portable interface does not have. */
export interface KafkaBroker extends Broker {
  readonly native: Kafka
}

export interface KafkaParts {
  /** Default: imports kafkajs. */
  readonly load?: (() => Promise<KafkaModule>) | undefined
  /** Put around the driver, to watch it or to inject faults. */
  readonly wrap?: ((driver: Driver) => Driver) | undefined
}

/** About half a minute, in which a cluster has chosen new leaders. */
const publishRetry = { maxAttempts: 14, backoff: { initialMs: 50, maxMs: 5_000, factor: 2 } }

/**
 * A Kafka cluster through kafkajs. Connects when it is first used. Throws `ERR_CONFIG` for wrong options, `ERR_MISSING_CLIENT`
 * where kafkajs is not installed.
 */
export async function kafka(
  options: KafkaOptions,
  logger?: Logger,
  { load = () => import('kafkajs'), wrap = (driver) => driver }: KafkaParts = {},
): Promise<KafkaBroker> {
  const settings = settingsOf(options)
  const { tombstones, restorePartitionKey } = options
  const bound = { ...bindingOptionsOf({ ...options }, 'kafka'), tombstones, restorePartitionKey }
  const client = createClient(await loadKafkajs(load), settings, logger)
  const broker = createBroker({
    name: 'kafka',
    driver: wrap(kafkaDriver(client, logger)),
    binding: kafkaBinding(bound),
    publishRetry,
    logger,
  })
  return { ...broker, native: client.native }
}

/** `kafka://host:port,host2:port?compression=gzip`. */
export const adapter: Adapter = {
  schemes: ['kafka'],
  parameters,
  options: structures,
  open({ address, path, options }, logger) {
    if (path !== '')
      throw new WaybillError('ERR_CONFIG', `kafka:// has no path: topics are named where they are used`, {
        adapter: 'kafka',
      })
    return kafka({ ...options, brokers: address === '' ? [] : address }, logger)
  },
}

import type { Kinesis } from '@aws-sdk/client-kinesis'
import { bindingOptionsOf } from '../core/binding-options.ts'
import type { Broker } from '../core/broker.ts'
import type { Adapter } from '../core/connect.ts'
import { createBroker } from '../core/create-broker.ts'
import type { Driver } from '../core/driver.ts'
import type { Logger } from '../core/observe.ts'
import { kinesisBinding } from './binding.ts'
import { createClient, installed, type Packages } from './client.ts'
import { kinesisDriver } from './driver.ts'
import { type KinesisOptions, parameters, settingsOf, structures } from './options.ts'
import { problem } from './problem.ts'

export { binding, kinesisBinding } from './binding.ts'
export type { NativeRecord } from './deliveries.ts'
export { type Lease, type LeaseStore, memoryLeases } from './lease-store.ts'
export type { KinesisOptions } from './options.ts'

/** A broker whose client is at hand, for what the portable interface does not have. */
export interface KinesisBroker extends Broker {
  readonly native: Kinesis
}

export interface KinesisParts {
  /** Default: imports the packages of AWS. */
  readonly packages?: Partial<Packages> | undefined
  /** Put around the driver, to watch it or to inject faults. */
  readonly wrap?: ((driver: Driver) => Driver) | undefined
}

/** About half a minute, in which a shard takes again what it was sent. */
const publishRetry = { maxAttempts: 14, backoff: { initialMs: 50, maxMs: 5_000, factor: 2 } }

/**
 * Amazon Kinesis Data Streams through the AWS SDK. Connects when it is first used. Throws `ERR_CONFIG` for wrong options,
 * `ERR_MISSING_CLIENT` where a package of AWS is not installed.
 */
export async function kinesis(
  options: KinesisOptions = {},
  logger?: Logger,
  { packages = {}, wrap = (driver) => driver }: KinesisParts = {},
): Promise<KinesisBroker> {
  const settings = settingsOf(options)
  const bound = bindingOptionsOf({ ...options }, 'kinesis')
  const client = await createClient(settings, { ...installed, ...packages })
  const broker = createBroker({
    name: 'kinesis',
    driver: wrap(kinesisDriver(client, logger)),
    binding: kinesisBinding(bound),
    publishRetry,
    logger,
  })
  return { ...broker, native: client.native }
}

/** `kinesis://region?endpoint=http://127.0.0.1:4567`. */
export const adapter: Adapter = {
  schemes: ['kinesis'],
  parameters,
  options: structures,
  open({ address, path, options }, logger) {
    if (path !== '')
      throw problem('ERR_CONFIG', 'kinesis:// has no path: streams are named where they are used')
    return kinesis({ ...options, ...(address === '' ? {} : { region: address }) }, logger)
  },
}

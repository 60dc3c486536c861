import type { NatsConnection } from 'nats'
import { bindingOptionsOf } from '../core/binding-options.ts'
import type { Broker } from '../core/broker.ts'
import type { Adapter } from '../core/connect.ts'
import { createBroker } from '../core/create-broker.ts'
import type { Logger } from '../core/observe.ts'
import { addressOf } from './address.ts'
import { jetstreamBinding } from './binding.ts'
import { openConnection } from './connection.ts'
import { jetstreamDriver } from './jetstream/driver.ts'
import { checkJetstreamOptions, type JetstreamOptions, jetstreamParameters } from './jetstream/options.ts'
import { optionNames } from './options.ts'

/** A broker over JetStream. */
export interface JetstreamBroker extends Broker {
  /** The client's connection: the way out for what the portable model does not carry. */
  readonly native: NatsConnection
}

/**
 * JetStream: at least once, in order per key. Throws `ERR_MISSING_CLIENT` without the package `nats`, `ERR_CONFIG` for
 * wrong options and credentials, `ERR_TIMEOUT` where no server answers, `ERR_UNSUPPORTED` where the server is too old.
 */
export async function jetstream(options: JetstreamOptions, logger?: Logger): Promise<JetstreamBroker> {
  checkJetstreamOptions(options)
  const binding = jetstreamBinding(bindingOptionsOf({ ...options }, 'jetstream'))
  const connection = await openConnection(options, 'jetstream', logger)
  try {
    const driver = jetstreamDriver(connection, options)
    return { ...createBroker({ name: 'jetstream', driver, binding, logger }), native: connection.native }
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** `jetstream://host:port,host2:port?ordered=false`. */
export const jetstreamAdapter: Adapter = {
  schemes: ['jetstream'],
  parameters: jetstreamParameters,
  options: optionNames,
  open: (target, logger) => jetstream({ ...target.options, servers: addressOf(target, 'jetstream') }, logger),
}

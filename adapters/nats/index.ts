import type { NatsConnection } from 'nats'
import { bindingOptionsOf } from '../core/binding-options.ts'
import type { Broker } from '../core/broker.ts'
import type { Adapter } from '../core/connect.ts'
import { createBroker } from '../core/create-broker.ts'
import type { CloudEvent } from '../core/event.ts'
import type { Logger } from '../core/observe.ts'
import { addressOf } from './address.ts'
import { natsBinding } from './binding.ts'
import { openConnection } from './connection.ts'
import { natsDriver } from './driver.ts'
import { checkOptions, type NatsOptions, natsParameters, optionNames } from './options.ts'
import { createOutgoing } from './outgoing.ts'
import { problem } from './problem.ts'
import { Replies } from './replies.ts'
import { type RequestOptions, request } from './request.ts'

export { binding, jetstreamBinding, natsBinding } from './binding.ts'
export { openConnection } from './connection.ts'
export { natsDriver } from './driver.ts'
export { jetstreamDriver } from './jetstream/driver.ts'
export type { JetstreamOptions, ReadingOptions, StreamOptions } from './jetstream/options.ts'
export { type JetstreamBroker, jetstream, jetstreamAdapter } from './jetstream.ts'
export type { ConnectionOptions, NatsOptions } from './options.ts'
export type { RequestOptions } from './request.ts'

/** A broker over core NATS, with what other transports do not have. */
export interface NatsBroker extends Broker {
  /** The client's connection: the way out for what the portable model does not carry. */
  readonly native: NatsConnection
  /**
   * Publishes an event and resolves with the first answer: what the handler of a subscription without a sink returned.
   * Later answers are dropped. Throws `ERR_NOT_FOUND` where nobody reads the topic, `ERR_TIMEOUT`, `ERR_ABORTED`,
   * `ERR_CLOSED` where the connection is lost, `ERR_TOO_LARGE`, and `DecodeError` where the answer cannot be read.
   */
  request(topic: string, event: CloudEvent, options?: RequestOptions): Promise<CloudEvent>
}

/**
 * Core NATS: at most once. Throws `ERR_MISSING_CLIENT` without the package `nats`, `ERR_CONFIG` for wrong options and
 * credentials, `ERR_TIMEOUT` where no server answers.
 */
export async function nats(options: NatsOptions, logger?: Logger): Promise<NatsBroker> {
  checkOptions(options, natsParameters, 'nats')
  const binding = natsBinding(bindingOptionsOf({ ...options }, 'nats'))
  const connection = await openConnection(options, 'nats', logger)
  const { native } = connection
  const driver = natsDriver(connection, options)
  const broker = createBroker({ name: 'nats', driver, binding, logger })
  const outgoing = createOutgoing(native, connection.headers(), 'nats')
  let replies: Replies | undefined
  let isClosed = false
  const close = () => {
    isClosed = true
    return broker.close().finally(() => replies?.close())
  }
  return {
    ...broker,
    native,
    async request(topic, event, requestOptions) {
      if (isClosed || native.isClosed())
        throw problem('nats', 'ERR_CLOSED', 'request after close: open a new broker')
      replies ??= new Replies(connection)
      return request({ binding, outgoing, replies }, topic, event, requestOptions)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** `nats://host:port,host2:port?maxPending=100000`. */
export const adapter: Adapter = {
  schemes: ['nats'],
  parameters: natsParameters,
  options: optionNames,
  open: (target, logger) => nats({ ...target.options, servers: addressOf(target, 'nats') }, logger),
}

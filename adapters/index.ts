/** Waybill: one CloudEvents handler, any broker, any host. @module */
import type { Broker } from './core/broker.ts'
import { type BrokerConfig, connectWith } from './core/connect.ts'
import type { Logger } from './core/observe.ts'
import { adapters } from './registry.ts'

export * from './core/index.ts'
export { type HttpOptions, http } from './http/index.ts'
export { type KafkaBroker, type KafkaOptions, kafka } from './kafka/index.ts'
export { type KinesisBroker, type KinesisOptions, kinesis } from './kinesis/index.ts'
export { type MemoryOptions, memory } from './memory/index.ts'
export {
  type JetstreamBroker,
  type JetstreamOptions,
  jetstream,
  type NatsBroker,
  type NatsOptions,
  nats,
} from './nats/index.ts'
export { type PubsubBroker, type PubsubOptions, pubsub } from './pubsub/index.ts'
export { adapters } from './registry.ts'

/**
 * Opens a broker by its URL, for example `memory://`. Throws `ERR_CONFIG` for an unknown scheme, parameter or option.
 */
export function connect(config: string | BrokerConfig, logger?: Logger): Promise<Broker> {
  return connectWith(adapters, config, logger)
}

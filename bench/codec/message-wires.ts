import type { Binding, Message } from '../../adapters/index.ts'
import { binding as kinesis } from '../../adapters/kinesis/binding.ts'
import { binding as nats } from '../../adapters/nats/binding.ts'
import { binding as pubsub } from '../../adapters/pubsub/binding.ts'
import { arrived, bareJson, type Wire, type WireMode } from './wire.ts'

/** What clients deliver of transports that the `cloudevents` package does not know, as their drivers hand it on. */
export interface Arrived extends Message {
  readonly body: Buffer
}

export const natsBinary = messageWire(nats, 'binary')
export const pubsubBinary = messageWire(pubsub, 'binary')
export const kinesisStructured = messageWire(kinesis, 'structured')

/** A wire on which the binding's own messages travel. */
export function messageWire(binding: Binding, mode: WireMode): Wire<Arrived, Message> {
  return {
    name: `${binding.name} ${mode}`,
    decode: (message) => binding.decode(message),
    encode: (event) => binding.encode(event, { mode }),
    arrive: ({ headers, body, key }) => ({ headers: { ...headers }, body: arrived(body), key }),
    json: bareJson(mode, ({ body }) => body),
  }
}

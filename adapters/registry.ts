import type { Adapter } from './core/connect.ts'
import { adapter as http } from './http/index.ts'
import { adapter as kafka } from './kafka/index.ts'
import { adapter as kinesis } from './kinesis/index.ts'
import { adapter as memory } from './memory/index.ts'
import { jetstreamAdapter, adapter as nats } from './nats/index.ts'
import { adapter as pubsub } from './pubsub/index.ts'

/** Every kind of broker that `connect` knows. */
export const adapters: readonly Adapter[] = [memory, http, kafka, nats, jetstreamAdapter, kinesis, pubsub]

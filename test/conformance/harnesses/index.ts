import type { Harness } from '../harness.ts'
import { jetstreamHarness } from './jetstream.ts'
import { kafkaHarness } from './kafka.ts'
import { kinesisHarness } from './kinesis.ts'
import { memoryHarness } from './memory.ts'
import { natsHarness } from './nats.ts'
import { pubsubHarness } from './pubsub.ts'

/** Every harness that `npm run conformance` knows, by name. A broker's variants begin with its name and a hyphen. */
export const harnesses: Readonly<Record<string, () => Harness>> = {
  memory: () => memoryHarness('memory'),
  'memory-runner': () => memoryHarness('memory-runner', { redelivery: 'runner' }),
  kafka: () => kafkaHarness('kafka'),
  'kafka-3.9': () => kafkaHarness('kafka-3.9', '3.9.2'),
  nats: natsHarness,
  jetstream: () => jetstreamHarness('jetstream'),
  'jetstream-unordered': () => jetstreamHarness('jetstream-unordered', { ordered: false }),
  kinesis: () => kinesisHarness('kinesis'),
  pubsub: () => pubsubHarness('pubsub'),
  'pubsub-unordered': () => pubsubHarness('pubsub-unordered', { ordered: false, attempts: true }),
}

/** The harnesses of a broker, its variants included; none where the name is unknown. */
export function harnessesOf(broker: string): readonly Harness[] {
  const names = Object.keys(harnesses).filter((name) => name === broker || name.startsWith(`${broker}-`))
  return names.flatMap((name) => harnesses[name]?.() ?? [])
}

/** For tests of functions: native events of every host, and the platforms that deliver them. @module */
export { type ContextChanges, contextFor, lambdaContext } from './context.ts'
export { type KafkaOrigin, kafkaEvent, kafkaRecords } from './kafka-event.ts'
export { type KafkaMappingOptions, runKafkaMapping } from './kafka-mapping.ts'
export {
  type KinesisEventRecord,
  type KinesisOrigin,
  kinesisEvent,
  sequenceNumberOf,
} from './kinesis-event.ts'
export { runKinesisMapping } from './kinesis-mapping.ts'
export type { Discarded, Invocation, Invoke, MappingOptions, MappingRun } from './mapping.ts'
export { type PushOptions, unwrappedPush, wrappedPush } from './push-request.ts'

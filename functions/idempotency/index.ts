/** Handling each event once. @module */
export { type StoreCase, storeCases } from './cases.ts'
export { type DynamodbStoreOptions, dynamodbStore } from './dynamodb.ts'
export { type IdempotencyOptions, idempotent } from './idempotent.ts'
export { memoryStore } from './memory.ts'
export { type KvBucket, natsKvStore } from './nats-kv.ts'
export type { Claim, IdempotencyStore } from './store.ts'

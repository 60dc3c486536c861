import { dynamodb } from './dynamodb.ts'
import { kafka } from './kafka.ts'
import { kinesalite } from './kinesalite.ts'
import { kinesis } from './kinesis.ts'
import { nats } from './nats.ts'
import { pubsub } from './pubsub.ts'
import type { Recipe, ServerKind } from './recipe.ts'

/** Every kind of server. */
export const recipes: Readonly<Record<ServerKind, Recipe>> = {
  kafka,
  nats,
  kinesis,
  kinesalite,
  dynamodb,
  pubsub,
}

import { kafka } from './kafka.ts'
import { nats } from './nats.ts'
import type { Recipe, ServerKind } from './recipe.ts'

/** Every kind of server. */
export const recipes: Readonly<Record<ServerKind, Recipe>> = { kafka, nats }

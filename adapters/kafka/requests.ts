import type { Kafka } from 'kafkajs'
import { onBroker } from './clusters.ts'

/** Makes the encoder of a request and the decoder of its response from what is asked. */
type Create = (asked: object) => object
/** Looks up what of a request this client and the server both know. */
type Lookup = (key: number, definitions: unknown) => unknown
/** `create` makes what kafkajs would use: it may be given something else than was asked, and what it makes be changed. */
export type Change = (create: Create, asked: object) => object

/** What was changed in a lookup that stands in the place of another. */
const changed = new WeakMap<object, Map<number, Change>>()

/**
 * Changes how requests of some kinds are written and their responses read, for every connection of this instance. kafkajs
 * has no option for it; see {@link onBroker}. `changes` is by request key (Kafka protocol guide, "Api Keys").
 */
export function changeRequests(kafka: Kafka, changes: ReadonlyMap<number, Change>): Kafka {
  return onBroker(kafka, (broker) => {
    for (const [key, change] of changes) changeRequest(broker, key, change)
  })
}

/** The same for one kind of request to one broker, as long as its connection lasts. */
export function changeRequest(broker: object, key: number, change: Change): void {
  const lookup: unknown = Reflect.get(broker, 'lookupRequest')
  if (!isLookup(lookup)) return
  const known = changed.get(lookup)
  if (known !== undefined) {
    known.set(key, change)
    return
  }
  const changes = new Map([[key, change]])
  const changing: Lookup = (asked, definitions) => {
    const create = lookup.call(broker, asked, definitions)
    const found = changes.get(asked)
    if (found === undefined || !isCreate(create)) return create
    return (request: object) => found(create, request)
  }
  changed.set(changing, changes)
  Reflect.set(broker, 'lookupRequest', changing)
}

function isLookup(value: unknown): value is Lookup {
  return typeof value === 'function'
}

function isCreate(value: unknown): value is Create {
  return typeof value === 'function'
}

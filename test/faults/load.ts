import type { Broker, Handler, Policy, Source, Subscription } from '../../adapters/index.ts'
import { attemptOf } from './attempt.ts'
import type { Ledger } from './ledger.ts'
import type { Load } from './publishers.ts'

/** Attempts that outlast every fault, so that nothing is dead-lettered for it. */
export const patient: Policy = { maxAttempts: 50, backoff: { initialMs: 10, maxMs: 200 } }

/** What a scenario sends where it says nothing else. */
export function loadOf(events: number): Load {
  return { events, publishers: 20, keys: 5, batch: 10 }
}

/** Reads and writes down what is handled; a reader that cannot go on ends the scenario. */
export function readInto(ledger: Ledger, broker: Broker, source: Source, handler?: Handler): Subscription {
  const record: Handler = (event, context) => ledger.handled(event.id, attemptOf(event, context))
  const subscription = broker.subscribe(source, handler ?? record, { policy: patient })
  subscription.done.catch((error: unknown) => ledger.ended(error))
  return subscription
}

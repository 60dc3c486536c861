import { setTimeout as pause } from 'node:timers/promises'
import { type Broker, type CloudEvent, createEvent, PublishError } from '../../adapters/index.ts'
import type { Ledger } from './ledger.ts'

export interface Load {
  readonly events: number
  readonly publishers: number
  /** Keys of each publisher; no key has two. */
  readonly keys: number
  /** Events of one `publish`. */
  readonly batch: number
  /** Events that were sent before, whose numbers go on. Default 0. */
  readonly from?: number
  /** Time over which they are spread, in milliseconds. Default 0: as fast as they are confirmed. */
  readonly forMs?: number
}

/** An eighth of the events, of which each of `publishers` has as many. */
export function partOf(events: number, publishers = 20): number {
  return publishers * Math.ceil(events / publishers / 8)
}

/** Publishers that go on until all is confirmed, whatever fails in between: what failed is published again, in order. */
export async function publishAll(broker: Broker, topic: string, ledger: Ledger, load: Load): Promise<void> {
  const each = Math.ceil(load.events / load.publishers)
  const from = Math.ceil((load.from ?? 0) / load.publishers)
  const publishers = Array.from({ length: load.publishers }, (_, publisher) =>
    publishEach(broker, topic, ledger, eventsOf(publisher, each, load.keys, from), load),
  )
  await Promise.all(publishers)
}

function eventsOf(publisher: number, count: number, keys: number, from: number): readonly CloudEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index
    const key = `${publisher}-${n % keys}`
    const id = `${key}#${Math.floor(n / keys)}`
    return createEvent({ type: 'fault.sent', source: '/faults', id, partitionkey: key, data: { n } })
  })
}

async function publishEach(
  broker: Broker,
  topic: string,
  ledger: Ledger,
  events: readonly CloudEvent[],
  { batch, forMs = 0 }: Load,
): Promise<void> {
  const began = performance.now()
  for (let at = 0; at < events.length; at += batch) {
    const dueMs = began + (forMs * at) / events.length - performance.now()
    if (dueMs > 0) await pause(dueMs)
    let open = events.slice(at, at + batch)
    while (open.length > 0) {
      const failed = await failuresOf(broker.publish(topic, open), open.length)
      open.forEach((event, index) => {
        if (!failed.has(index)) ledger.confirmed(event)
      })
      open = open.filter((_, index) => failed.has(index))
      if (open.length > 0) await pause(50)
    }
  }
}

async function failuresOf(publishing: Promise<unknown>, count: number): Promise<ReadonlySet<number>> {
  try {
    await publishing
    return new Set()
  } catch (error) {
    if (error instanceof PublishError) return new Set(error.failures.map(({ index }) => index))
    return new Set(Array.from({ length: count }, (_, index) => index))
  }
}

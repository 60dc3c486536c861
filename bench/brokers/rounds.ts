import type { Broker, CloudEvent, PublishOptions } from '../../adapters/index.ts'
import { meter, metered, type Sample, type Side } from './paired.ts'

const patienceMs = 60_000

export interface Sending {
  readonly topic: string
  readonly events: readonly CloudEvent[]
  /** Events of one round. */
  readonly count: number
  /** Events of one call. */
  readonly batch: number
}

/** Publishes batches with our broker, one after the other. */
export function publishing(broker: Broker, sending: Sending, mode: PublishOptions['mode'] = 'auto'): Side {
  return inBatches(sending, (events) =>
    broker.publish(sending.topic, events, { mode, key: ({ subject }) => subject }),
  )
}

/** Sends batches, one after the other. */
export function inBatches(
  { events, count, batch }: Sending,
  send: (events: readonly CloudEvent[]) => Promise<unknown>,
): Side {
  return () =>
    metered(count, async () => {
      for (let at = 0; at < count; at += batch) {
        const from = at % events.length
        await send(events.slice(from, from + batch))
      }
    })
}

/** As many calls at once, each of one event, again and again until the round is over. */
export function concurrently(count: number, width: number, send: (index: number) => Promise<unknown>): Side {
  return () =>
    metered(count, async () => {
      let next = 0
      const caller = async () => {
        while (next < count) await send(next++)
      }
      await Promise.all(Array.from({ length: width }, caller))
    })
}

/** Reads a filled topic with our broker, in a group of its own: from the first event handled to the last. */
export function reading(
  broker: Broker,
  topic: string,
  count: number,
  onEvent: (event: CloudEvent) => void,
): Side {
  return () =>
    counted(count, async (seen, fail) => {
      const source = { topic, group: `ours-${topic}-${process.hrtime.bigint()}` }
      const handler = (event: CloudEvent) => {
        seen()
        try {
          onEvent(event)
        } catch (error) {
          fail(error)
        }
      }
      return broker.subscribe(source, handler, { policy: { deadLetter: false, maxAttempts: 1 } })
    })
}

/** Measures a reader that is opened for it, from the first event that it sees to the one of number `count`. */
export async function counted(
  count: number,
  open: (seen: () => void, fail: (error: unknown) => void) => Promise<{ close(): Promise<unknown> }>,
): Promise<Sample> {
  let stop: ReturnType<typeof meter> | undefined
  let handled = 0
  let end: (sample: Sample) => void = () => {}
  let fail: (error: unknown) => void = () => {}
  const ended = new Promise<Sample>((resolve, reject) => {
    end = resolve
    fail = reject
  })
  const reader = await open(() => {
    stop ??= meter()
    if (++handled === count) end(stop(count))
  }, fail)
  const late = () => fail(new Error(`[bench] ${handled} of ${count} events came in ${patienceMs / 1_000} s`))
  const limit = setTimeout(late, patienceMs)
  try {
    return await ended
  } finally {
    clearTimeout(limit)
    await reader.close()
  }
}

import type { KafkaMessage, Message, Producer } from 'kafkajs'
import type { CloudEvent, PublishOptions } from '../../adapters/index.ts'
import type { KafkaBroker } from '../../adapters/kafka/index.ts'
import { meter, metered, type Sample, type Side } from '../brokers/paired.ts'
import { consume } from './hand.ts'

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
export function publishing(
  broker: KafkaBroker,
  sending: Sending,
  mode: PublishOptions['mode'] = 'auto',
): Side {
  return inBatches(sending, (events) =>
    broker.publish(sending.topic, events, { mode, key: ({ subject }) => subject }),
  )
}

/** The same with kafkajs; every record is made when it is sent. */
export function sendingByHand(
  producer: Producer,
  sending: Sending,
  recordOf: (event: CloudEvent) => Message,
): Side {
  return inBatches(sending, (events) =>
    producer.send({ topic: sending.topic, acks: -1, messages: events.map(recordOf) }),
  )
}

function inBatches(
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
  broker: KafkaBroker,
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

/** The same with kafkajs. */
export function readingByHand(
  address: string,
  topic: string,
  count: number,
  onRecord: (record: KafkaMessage) => void,
): Side {
  return () =>
    counted(count, (seen, fail) =>
      consume(address, topic, (record) => {
        seen()
        try {
          onRecord(record)
        } catch (error) {
          // kafkajs would deliver it again.
          fail(error)
        }
      }),
    )
}

async function counted(
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

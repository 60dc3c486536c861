import type { Message, Producer } from 'kafkajs'
import type { CloudEvent } from '../../adapters/index.ts'
import type { KafkaBroker } from '../../adapters/kafka/index.ts'
import type { OpenPath } from '../brokers/latency.ts'
import { sampleEvent } from '../events.ts'
import { binaryRecord, consume, readBinary } from './hand.ts'

export function ownPath(broker: KafkaBroker, topic: string): OpenPath {
  return async (arrived) => {
    const subscription = broker.subscribe(
      { topic, group: topic },
      ({ id, data }) => arrived(indexOf(id, data)),
      {
        policy: { deadLetter: false },
      },
    )
    const key = ({ subject }: CloudEvent) => subject
    return {
      send: (from, to) => broker.publish(topic, eventsOf(from, to), { key }),
      close: () => subscription.close(),
    }
  }
}

export function handPath(address: string, producer: Producer, topic: string): OpenPath {
  return async (arrived) => {
    const consumer = await consume(address, topic, (record) => {
      const { id, data } = readBinary(record, true)
      arrived(indexOf(id, data))
    })
    const send = merging((records) => producer.send({ topic, acks: -1, messages: [...records] }))
    return {
      send: (from, to) => send(eventsOf(from, to).map(binaryRecord)),
      close: () => consumer.close(),
    }
  }
}

/** Sends what has come while a send was on its way with the next one, as whoever cares for speed would. */
function merging(send: (records: readonly Message[]) => Promise<unknown>) {
  const waiting: Message[] = []
  let sending: Promise<void> | undefined
  const drain = async () => {
    while (waiting.length > 0) await send(waiting.splice(0, 500))
    sending = undefined
  }
  return (records: readonly Message[]) => {
    waiting.push(...records)
    sending ??= drain()
    return sending
  }
}

function eventsOf(from: number, to: number): CloudEvent[] {
  return Array.from({ length: to - from }, (_, i) => sampleEvent(from + i, 200))
}

function indexOf(id: string | undefined, data: unknown): number {
  return data === undefined ? Number.NaN : Number(id?.slice('order-'.length))
}

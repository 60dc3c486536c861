import type { KafkaMessage, Message, Producer } from 'kafkajs'
import type { CloudEvent } from '../../adapters/index.ts'
import type { Side } from '../brokers/paired.ts'
import { counted, inBatches, type Sending } from '../brokers/rounds.ts'
import { consume } from './hand.ts'

/** Sends batches with kafkajs, one after the other; every record is made when it is sent. */
export function sendingByHand(
  producer: Producer,
  sending: Sending,
  recordOf: (event: CloudEvent) => Message,
): Side {
  return inBatches(sending, (events) =>
    producer.send({ topic: sending.topic, acks: -1, messages: events.map(recordOf) }),
  )
}

/** Reads a filled topic with kafkajs, in a group of its own: from the first record to the last. */
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

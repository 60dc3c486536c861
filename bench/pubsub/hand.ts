import { Duration, type Message, PubSub, type Topic } from '@google-cloud/pubsub'
import type { CloudEvent } from '../../adapters/index.ts'
import type { Side } from '../brokers/paired.ts'
import { counted, inBatches, type Sending } from '../brokers/rounds.ts'

/** Events as somebody writes and reads them who uses Google's client alone, knows every attribute there will be, and checks none. */

export function clientOf(address: string): PubSub {
  return new PubSub({ projectId: 'local', apiEndpoint: address, emulatorMode: true })
}

/** A publisher that keeps the order of each key; a request goes out as soon as the calls of one turn are made. */
export function publisherOf(client: PubSub, topic: string): Topic {
  return client.topic(topic, {
    messageOrdering: true,
    batching: { maxMessages: 1_000, maxBytes: 9_000_000, maxMilliseconds: 1 },
  })
}

/** Binary mode: each attribute one of the message. */
export async function publish(publisher: Topic, event: CloudEvent): Promise<unknown> {
  const orderingKey = event.subject ?? ''
  const attributes = {
    'ce-specversion': event.specversion,
    'ce-id': event.id,
    'ce-source': event.source,
    'ce-type': event.type,
    'ce-subject': orderingKey,
    'ce-time': String(event.time),
    'content-type': String(event.datacontenttype),
    'ce-datacontenttype': String(event.datacontenttype),
    'ce-region': String(event.region),
    'ce-tenant': String(event.tenant),
  }
  const data = Buffer.from(JSON.stringify(event.data))
  try {
    return await publisher.publishMessage({ data, attributes, orderingKey })
  } catch (error) {
    // Else nothing of the key is ever sent again.
    publisher.resumePublishing(orderingKey)
    throw error
  }
}

/** Sends batches, one after the other; the client makes a request for each key of them. */
export function sendingByHand(client: PubSub, sending: Sending): Side {
  const publisher = publisherOf(client, sending.topic)
  return inBatches(sending, (events) => Promise.all(events.map((event) => publish(publisher, event))))
}

export function readEvent({ attributes, data }: Message, readsData: boolean) {
  return {
    specversion: attributes['ce-specversion'],
    id: attributes['ce-id'],
    source: attributes['ce-source'],
    type: attributes['ce-type'],
    subject: attributes['ce-subject'],
    time: attributes['ce-time'],
    datacontenttype: attributes['content-type'],
    region: attributes['ce-region'],
    tenant: attributes['ce-tenant'],
    data: readsData ? JSON.parse(data.toString()) : data,
  }
}

export interface Reading {
  readonly topic: string
  readonly count: number
  readonly ordered: boolean
}

/** One stream of a subscription of its own, with as much on its way, and as long a lease, as ours has. */
async function consume(
  client: PubSub,
  { topic, ordered }: Reading,
  onMessage: (message: Message) => void,
): Promise<{ close(): Promise<void> }> {
  const name = `hand-${topic}-${process.hrtime.bigint()}`
  const created = { enableMessageOrdering: ordered, ackDeadlineSeconds: 30 }
  await client.topic(topic).createSubscription(name, created)
  const subscription = client.subscription(name, {
    flowControl: {
      maxMessages: ordered ? 5_000 : 1_000,
      maxBytes: 64 * 1_048_576,
      allowExcessMessages: false,
    },
    streamingOptions: { maxStreams: 1 },
    batching: { maxMessages: 2_000, maxMilliseconds: 10 },
    minAckDeadline: Duration.from({ seconds: 30 }),
    maxAckDeadline: Duration.from({ seconds: 30 }),
  })
  subscription.on('message', (message: Message) => {
    onMessage(message)
    message.ack()
  })
  subscription.on('error', () => {})
  return {
    async close() {
      await subscription.close()
      await subscription.delete()
    },
  }
}

/** Reads a filled topic: from the first message to the last. */
export function readingByHand(client: PubSub, reading: Reading, onMessage: (message: Message) => void): Side {
  return () =>
    counted(reading.count, (seen, fail) =>
      consume(client, reading, (message) => {
        seen()
        try {
          onMessage(message)
        } catch (error) {
          fail(error)
        }
      }),
    )
}

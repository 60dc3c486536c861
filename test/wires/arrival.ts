import { MsgHdrsImpl } from 'nats'
import { messageOfIncoming } from '../../adapters/http/request.ts'
import { type Message, rawEvent } from '../../adapters/index.ts'
import { headersOfLambda } from '../../adapters/kafka/lambda-headers.ts'
import { messageOfRecord, recordOf } from '../../adapters/kafka/message.ts'
import { messagesOfLambdaRecord, messagesOfRecord } from '../../adapters/kinesis/binding.ts'
import { messageOfNats } from '../../adapters/nats/message.ts'
import { fromPubsub, noWrapperMessage, pushedMessage, unwrapped } from '../../adapters/pubsub/binding.ts'
import { bytesOf } from '../core/events.ts'
import { aggregated } from '../kinesis/aggregation-encoder.ts'
import { mutatedBody } from './mutation.ts'
import type { Random } from './random.ts'

/**
 * Messages as the client of a transport could deliver this one: in its own shapes, damaged there too. Throws `DecodeError`
 * where the conversion refuses.
 */
export type Arrival = (message: Message, random: Random) => readonly Message[]

/** By the name of the wire; a wire that is not here has no shapes of its own. */
export const arrivals: Readonly<Record<string, Arrival>> = {
  kafka: fromKafka,
  nats: fromNats,
  jetstream: fromNats,
  kinesis: fromKinesis,
  pubsub: fromGoogle,
  http: fromServer,
}

/** The headers that are texts: what a client decodes from bytes is never anything else. */
function textsOf({ headers }: Message): [name: string, value: string][] {
  return Object.entries(headers).filter((entry) => typeof entry[1] === 'string')
}

function bytesOfBody({ body }: Message): Uint8Array {
  return body ?? new Uint8Array()
}

function fromKafka(message: Message, random: Random): readonly Message[] {
  const { body, key } = message
  const headers = Object.fromEntries(
    textsOf(message).map(([name, value]) => [name, kafkaValue(value, random)]),
  )
  const bytes = random.chance(0.2) ? random.bytes(random.below(8)) : key
  const received = { key: bytes, value: random.chance(0.05) ? undefined : body, headers: { ...headers } }
  const arrived = messageOfRecord(received)
  const lambda = textsOf(message).map(([name, value]) => ({ [name]: [...new Int8Array(bytesOf(value))] }))
  // What is dead-lettered is sent as it came.
  return [
    arrived,
    messageOfRecord(recordOf(arrived)),
    messageOfRecord({ value: body, headers: headersOfLambda(lambda) }),
  ]
}

/** Also what kafkajs makes of a repeated header named `constructor`. */
function kafkaValue(value: string, random: Random) {
  const bytes = Buffer.from(value)
  switch (random.below(12)) {
    case 0:
      return value
    case 1:
      return null
    case 2:
      return undefined
    case 3:
      return [bytes, Buffer.from('again')]
    case 4:
      return []
    case 5:
      return random.bytes(5)
    case 6:
      return [null, random.bytes(3), value]
    default:
      return bytes
  }
}

/** The client's own reader of a header block, damaged by a bit or cut; what it refuses, it hands to nobody. */
function fromNats(message: Message, random: Random): readonly Message[] {
  const lines = textsOf(message).map(([name, value]) => `${name}: ${value}\r\n`)
  const block = bytesOf(`NATS/1.0\r\n${lines.join('')}${random.chance(0.1) ? lines.join('') : ''}\r\n`)
  const damaged = (random.chance(0.5) ? mutatedBody(block, random) : block) ?? block
  const headers = natsHeaders(damaged)
  return headers === undefined ? [] : [messageOfNats({ data: bytesOfBody(message), headers })]
}

function natsHeaders(block: Uint8Array): MsgHdrsImpl | undefined {
  try {
    return MsgHdrsImpl.decode(block)
  } catch (error) {
    if (error instanceof Error && error.name === 'NatsError') return undefined
    throw error
  }
}

function fromKinesis(message: Message, random: Random): readonly Message[] {
  const data = bytesOfBody(message)
  const { key: partitionKey = 'k' } = message
  const userRecord = { data, partitionKey }
  const packed = random.chance(0.5) ? aggregated([userRecord, userRecord]) : data
  const record = random.chance(0.3) ? (mutatedBody(packed, random) ?? packed) : packed
  const native = { Data: record, PartitionKey: partitionKey, SequenceNumber: '1' }
  const base64 = Buffer.from(record).toString(random.chance(0.1) ? 'base64url' : 'base64')
  const lambda = { data: base64, partitionKey, sequenceNumber: '1', approximateArrivalTimestamp: 1.5 }
  return [
    ...messagesOfRecord(native, 'orders', 'shardId-1'),
    ...messagesOfLambdaRecord({ eventID: 'shardId-1:1', kinesis: lambda }, 'orders'),
  ].map((received) => received.message)
}

/** The client's message, and both kinds of push request; Eventarc's event is what the whole of one is wrapped in. */
function fromGoogle(message: Message, random: Random): readonly Message[] {
  const data = bytesOfBody(message)
  const attributes = Object.fromEntries(textsOf(message))
  switch (random.below(4)) {
    case 0: {
      const native = {
        id: '1',
        data,
        attributes,
        orderingKey: message.key,
        publishTime: new Date(Number.NaN),
      }
      return [fromPubsub(native, 'orders').message]
    }
    case 1: {
      const headers = { ...attributes, 'x-goog-pubsub-message-id': '1' }
      return [noWrapperMessage(headers, data, 'orders')?.message ?? message]
    }
    default: {
      const base64 = Buffer.from(data).toString('base64')
      const members = { message: { data: base64, attributes, messageId: '1', publishTime: 'soon' } }
      const body = bytesOf(JSON.stringify(members))
      const damaged = random.chance(0.5) ? (mutatedBody(body, random) ?? body) : body
      const type = 'google.cloud.pubsub.topic.v1.messagePublished'
      const given = { id: '1', source: '/orders', type, datacontenttype: 'application/json' }
      unwrapped(rawEvent(given, { body: damaged, headers: {} }))
      return [pushedMessage(damaged, 'orders').message]
    }
  }
}

/** Node.js has the headers as they came, and joined; the body is what the server read. */
function fromServer(message: Message, random: Random): readonly Message[] {
  const texts = textsOf(message)
  const rawHeaders = texts.flat()
  if (random.chance(0.1)) rawHeaders.pop()
  const headers = Object.fromEntries(
    texts.map(([name, value]) => [name, random.chance(0.1) ? [value, value] : value]),
  )
  return [
    messageOfIncoming({ rawHeaders, body: message.body }),
    messageOfIncoming({ headers, body: message.body }),
  ]
}

import { MsgHdrsImpl } from 'nats'
import type { Message } from '../../adapters/core/message.ts'
import { httpBinding } from '../../adapters/http/binding.ts'
import { messageOfRequest, requestInit } from '../../adapters/http/request.ts'
import type { Binding, BindingOptions } from '../../adapters/index.ts'
import { kafkaBinding } from '../../adapters/kafka/binding.ts'
import { messageOfRecord, recordOf } from '../../adapters/kafka/message.ts'
import { kinesisBinding, messagesOfRecord as messagesOfKinesis } from '../../adapters/kinesis/binding.ts'
import { memoryBinding } from '../../adapters/memory/binding.ts'
import { jetstreamBinding, natsBinding } from '../../adapters/nats/binding.ts'
import { headersOfMessage, messageOfNats } from '../../adapters/nats/message.ts'
import { fromPubsub, pubsubBinding, toPubsub } from '../../adapters/pubsub/binding.ts'

/** One transport: its binding, and the way of a message through what its client sends and receives. */
export interface Wire {
  /** As the file of its vectors. */
  readonly name: string
  /** Under `adapters/`. */
  readonly folder: string
  readonly bindingOf: (options?: BindingOptions) => Binding
  readonly carry: (message: Message) => Message | Promise<Message>
  /** What stands before an attribute's name in a header; empty where there are no headers. */
  readonly prefix: string
}

export const wires: readonly Wire[] = [
  { name: 'memory', folder: 'memory', bindingOf: memoryBinding, carry: (message) => message, prefix: 'ce-' },
  { name: 'kafka', folder: 'kafka', bindingOf: kafkaBinding, carry: throughKafka, prefix: 'ce_' },
  { name: 'nats', folder: 'nats', bindingOf: natsBinding, carry: throughNats, prefix: 'ce-' },
  { name: 'jetstream', folder: 'nats', bindingOf: jetstreamBinding, carry: throughNats, prefix: 'ce-' },
  { name: 'kinesis', folder: 'kinesis', bindingOf: kinesisBinding, carry: throughKinesis, prefix: '' },
  { name: 'pubsub', folder: 'pubsub', bindingOf: pubsubBinding, carry: throughPubsub, prefix: 'ce-' },
  { name: 'http', folder: 'http', bindingOf: httpBinding, carry: throughHttp, prefix: 'ce-' },
]

/** The wire of that name. */
export function wireOf(name: string): Wire {
  const found = wires.find((wire) => wire.name === name)
  if (found === undefined) throw new Error(`no wire is named ${name}: add it to test/wires/wires.ts`)
  return found
}

/** kafkajs sends texts and buffers, and delivers buffers only. */
function throughKafka(message: Message): Message {
  const { key, value, headers } = recordOf(message)
  const received: Record<string, Buffer | Buffer[]> = {}
  for (const name in headers) {
    const given = headers[name] ?? []
    received[name] = Array.isArray(given) ? given.map(bufferOf) : bufferOf(given)
  }
  return messageOfRecord({
    key: key === null ? null : bufferOf(key),
    value: value === null ? null : Buffer.from(value),
    headers: received,
  })
}

function bufferOf(given: string | Uint8Array): Buffer {
  return typeof given === 'string' ? Buffer.from(given) : Buffer.from(given)
}

/** The client's own headers, as bytes on the wire and back: it trims values. */
function throughNats(message: Message): Message {
  const sent = new MsgHdrsImpl()
  for (const [name, value] of headersOfMessage(message, 'orders')) sent.append(name, value)
  return messageOfNats({
    data: Uint8Array.from(message.body ?? []),
    headers: MsgHdrsImpl.decode(sent.encode()),
  })
}

/** Bytes and a partition key, which Kinesis wants; the headers are gone. */
function throughKinesis({ body, key = '' }: Message): Message {
  if (key === '') throw new Error('the message has no partition key')
  const record = { Data: Uint8Array.from(body ?? []), PartitionKey: key, SequenceNumber: '1' }
  const [received, ...more] = messagesOfKinesis(record, 'orders', 'shardId-000000000000')
  if (received === undefined || more.length > 0) throw new Error('the record is not one message')
  return received.message
}

/** The client delivers a buffer, empty where there are no data, and an ordering key, empty where there is none. */
function throughPubsub(message: Message): Message {
  const { data, attributes, orderingKey = '' } = toPubsub(message)
  const publishTime = { getTime: () => 1_767_225_600_000 }
  const received = {
    id: '1',
    data: Buffer.from(data),
    attributes: { ...attributes },
    orderingKey,
    publishTime,
  }
  return fromPubsub(received, 'orders').message
}

/** A request, whose headers the platform folds, trims, joins and sorts. */
function throughHttp(message: Message): Promise<Message> {
  return messageOfRequest(new Request('http://localhost/', requestInit(message)))
}

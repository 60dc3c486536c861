import type { EachBatchPayload, IHeaders, KafkaMessage, Message } from 'kafkajs'
import kafkajs from 'kafkajs'
import type { CloudEvent } from '../../adapters/index.ts'

/** Events as somebody writes and reads them who uses kafkajs alone, knows every attribute there will be, and checks none. */

const jsonType = 'application/cloudevents+json; charset=utf-8'

export function clientOf(address: string): kafkajs.Kafka {
  return new kafkajs.Kafka({ clientId: 'bench', brokers: [address], logLevel: kafkajs.logLevel.NOTHING })
}

/** Binary mode: each attribute a header. */
export function binaryRecord(event: CloudEvent): Message {
  return {
    key: event.subject ?? null,
    value: JSON.stringify(event.data),
    headers: {
      ce_specversion: event.specversion,
      ce_id: event.id,
      ce_source: event.source,
      ce_type: event.type,
      ce_subject: event.subject,
      ce_time: event.time,
      'content-type': event.datacontenttype,
      ce_region: String(event.region),
      ce_tenant: String(event.tenant),
    },
  }
}

/** Structured mode: one header, all in the value. */
export function structuredRecord(event: CloudEvent): Message {
  return {
    key: event.subject ?? null,
    value: JSON.stringify(event),
    headers: { 'content-type': jsonType },
  }
}

export function readBinary({ headers = {}, value }: KafkaMessage, readsData: boolean) {
  return {
    specversion: textOf(headers, 'ce_specversion'),
    id: textOf(headers, 'ce_id'),
    source: textOf(headers, 'ce_source'),
    type: textOf(headers, 'ce_type'),
    subject: textOf(headers, 'ce_subject'),
    time: textOf(headers, 'ce_time'),
    datacontenttype: textOf(headers, 'content-type'),
    region: textOf(headers, 'ce_region'),
    tenant: textOf(headers, 'ce_tenant'),
    data: readsData ? JSON.parse(String(value)) : value,
  }
}

export function readStructured({ headers = {}, value }: KafkaMessage) {
  if (textOf(headers, 'content-type') !== jsonType)
    throw new Error('[bench] a record is not the event that was sent')
  return JSON.parse(String(value))
}

function textOf(headers: IHeaders, name: string): string | undefined {
  return headers[name]?.toString()
}

/** One consumer of its own group, from the beginning; commits every 100 ms and heartbeats, as ours does. */
export async function consume(
  address: string,
  topic: string,
  onRecord: (record: KafkaMessage) => void,
): Promise<{ close(): Promise<void> }> {
  const consumer = clientOf(address).consumer({
    groupId: `hand-${topic}-${process.hrtime.bigint()}`,
    heartbeatInterval: 1_000,
    maxWaitTimeInMs: 100,
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    autoCommitInterval: 100,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary }: EachBatchPayload) => {
      for (const record of batch.messages) onRecord(record)
      resolveOffset(batch.lastOffset())
      await heartbeat()
      await commitOffsetsIfNecessary()
    },
  })
  return { close: () => consumer.disconnect() }
}

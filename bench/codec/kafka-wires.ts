import { binding } from '../../adapters/kafka/binding.ts'
import { addRecords } from '../../adapters/kafka/fetch-response.ts'
import type { FetchedRecord } from '../../adapters/kafka/fetched-record.ts'
import { nothingSeen } from '../../adapters/kafka/header-text.ts'
import { messageOfRecord, recordOf, type SentRecord } from '../../adapters/kafka/message.ts'
import { batchBound, writeBatch } from '../../adapters/kafka/record-batch.ts'
import { WireWriter } from '../../adapters/kafka/wire-writer.ts'
import { usableKafka } from './usable-sdk.ts'
import { arrived, bareJson, type Wire, type WireMode } from './wire.ts'

/** A record as kafkajs delivers it. */
export interface KafkaReceived {
  readonly key: Buffer
  readonly value: Buffer
  readonly headers: Record<string, Buffer>
}

/** A record as kafkajs takes it. */
export interface KafkaSent {
  readonly key?: Buffer | string | null | undefined
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, unknown>>
}

export const kafkaBinary = kafkaWire('binary')
export const kafkaStructured = kafkaWire('structured')

const seen = nothingSeen()

/** As the adapter reads it, from the bytes of a fetch; the records are those of one partition. */
export const kafkaFetched: Wire<FetchedRecord, SentRecord> = {
  name: 'kafka binary, from the bytes of a fetch',
  decode: (record) => binding.decode(record.message()),
  encode: (event) => recordOf(binding.encode(event, { mode: 'binary', key: event.subject })),
  arrive: (sent) => {
    const writer = new WireWriter(batchBound([sent]))
    writeBatch(writer, [sent], BigInt(Date.now()), { producerId: 1n, producerEpoch: 0, first: 0 })
    const records: FetchedRecord[] = []
    addRecords(records, Buffer.from(writer.written), 0, 0, seen)
    const [record] = records
    if (record === undefined) throw new Error('the batch that was written has no record')
    return record
  },
  json: bareJson('binary', ({ value }) => value ?? Buffer.alloc(0)),
}

function kafkaWire(mode: WireMode): Wire<KafkaReceived, KafkaSent> {
  return {
    name: `kafka ${mode}`,
    decode: (record) => binding.decode(messageOfRecord(record)),
    encode: (event) => recordOf(binding.encode(event, { mode, key: event.subject })),
    arrive: ({ key, value, headers }) => ({
      key: arrived(key),
      value: arrived(value),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [name, Buffer.from(String(text))]),
      ),
    }),
    sdk: { decode: usableKafka.decode, encode: usableKafka[mode] },
    json: bareJson(mode, ({ value }) => value),
  }
}

import { binding } from '../../adapters/kafka/binding.ts'
import { messageOfRecord, recordOf } from '../../adapters/kafka/message.ts'
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

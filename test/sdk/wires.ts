import { type CloudEventV1, HTTP, Kafka, type KafkaMessage, type CloudEvent as SdkEvent } from 'cloudevents'
import type { Binding } from '../../adapters/core/binding.ts'
import { attributesOf, dataOf } from '../../adapters/core/data.ts'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import { isJsonMediaType, isTextMediaType } from '../../adapters/core/media-type.ts'
import { isBytes, type Message, toBase64 } from '../../adapters/core/message.ts'
import { bytesOf, textOf } from '../core/events.ts'

export type WireMode = 'binary' | 'structured'

/** A transport that both libraries know: our binding, and the package's made usable with a real client. */
export interface Wire {
  readonly binding: Binding
  /** The same, refusing what breaks a rule where the other leaves an optional attribute out. */
  readonly strict: Binding
  /** What a client sends of what the package writes. */
  write(event: SdkEvent<unknown>, mode: WireMode): Message
  /** What the package reads of what a client receives. */
  read(message: Message): CloudEventV1<unknown>
}

const overHttp = { name: 'http', prefix: 'ce-', percentEncoded: true, quoted: true, foldsCase: true }

export const http: Wire = {
  binding: headerBinding(overHttp),
  strict: headerBinding(overHttp, { strict: true }),
  write(event, mode) {
    const { headers, body } = HTTP[mode](event)
    return { headers: texts(headers), body: bytesOrNull(body) }
  },
  read({ headers, body }) {
    return oneOf(HTTP.toEvent({ headers, body: textOrBytes(headers, body) }))
  },
}

const overKafka = { name: 'kafka', prefix: 'ce_' }

export const kafka: Wire = {
  binding: headerBinding(overKafka),
  strict: headerBinding(overKafka, { strict: true }),
  write(event, mode) {
    const { headers, value } = kafkaMessage(Kafka[mode](event))
    // The package leaves data as it is; kafkajs sends strings and buffers only.
    const isJson = mode === 'binary' && isJsonMediaType(String(event.datacontenttype ?? 'application/json'))
    return {
      headers: texts(headers),
      body: bytesOrNull(isJson && !isBytes(value) ? JSON.stringify(value) : value),
    }
  },
  read({ headers, body }) {
    const value = textOrBytes(headers, body)
    // The package takes the key for `partitionkey`, and structured or not loses the attribute where there is none.
    const envelope: unknown = headers.ce_id === undefined ? JSON.parse(textOf(body)) : undefined
    const inBody = typeof envelope === 'object' && envelope !== null && 'partitionkey' in envelope
    const key = inBody ? envelope.partitionkey : headers.ce_partitionkey
    return oneOf(Kafka.toEvent(kafkaInput({ headers, value, key })))
  },
}

/** The one event that a reader of the package gives for a message that is no batch. */
export function oneOf(read: CloudEventV1<unknown> | CloudEventV1<unknown>[]): CloudEventV1<unknown> {
  if (Array.isArray(read)) throw new Error('not one event')
  return read
}

/** A message for the package's Kafka reader, with whatever a client may deliver in it. */
export function kafkaInput(members: Readonly<Record<string, unknown>>): KafkaMessage {
  const message: KafkaMessage = Object.assign({ key: '', value: '', headers: {}, body: undefined }, members)
  return message
}

/** What the package's Kafka writer gives: its type says less than it has. */
export function kafkaMessage(message: object): KafkaMessage {
  return kafkaInput({ ...message })
}

/** What must survive of an event: attributes and data bytes. */
export function summary(event: CloudEvent): unknown {
  const bytes = dataOf(event)?.bytes()
  return { ...attributesOf(event), data: bytes === undefined ? undefined : toBase64(bytes) }
}

/** Header values as a client sends them: absent ones left out, others as text. */
function texts(headers: object): Record<string, string> {
  const present = Object.entries(headers).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present.map(([name, value]) => [name, String(value)]))
}

function bytesOrNull(body: unknown): Uint8Array | null {
  if (body === undefined) return null
  return isBytes(body) ? body : bytesOf(String(body))
}

/** The package reads structured events and JSON from text only. */
function textOrBytes(headers: Message['headers'], body: Uint8Array | null): unknown {
  if (body === null) return undefined
  const type = headers['content-type'] ?? ''
  return isJsonMediaType(type) || isTextMediaType(type) ? textOf(body) : body
}

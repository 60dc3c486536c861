import { type CloudEventV1, HTTP, Kafka, type KafkaMessage, CloudEvent as SdkEvent } from 'cloudevents'
import type { HttpReceived, HttpSent } from './http-wires.ts'
import type { KafkaReceived, KafkaSent } from './kafka-wires.ts'

// The `cloudevents` package as an application has to wrap it before it reads what clients deliver and writes what they send:
// bytes, which clients make of the package's texts, and which the bindings write themselves.

type Read = CloudEventV1<unknown> | CloudEventV1<unknown>[]

/** Takes JSON bodies as text only; validates when asked. */
export const usableHttp = {
  decode({ headers, body }: HttpReceived): CloudEventV1<unknown> {
    return validated(HTTP.toEvent({ headers, body: body.toString() }))
  },

  binary(event: SdkEvent<unknown>): HttpSent {
    const { headers, body } = HTTP.binary(event)
    return { headers, body: bytesOf(body) }
  },

  structured(event: SdkEvent<unknown>): HttpSent {
    const { headers, body } = HTTP.structured(event)
    return { headers, body: bytesOf(body) }
  },
}

/** Takes headers and keys as text only; writes headers that have no value, and data as it is. */
export const usableKafka = {
  decode({ key, value, headers }: KafkaReceived): CloudEventV1<unknown> {
    const texts: Record<string, string> = {}
    for (const name in headers) texts[name] = String(headers[name])
    const message: KafkaMessage = { key: String(key), value, body: value, headers: texts }
    return validated(Kafka.toEvent(message))
  },

  binary(event: SdkEvent<unknown>): KafkaSent {
    const { headers, value } = Kafka.binary(event)
    return { key: event.subject, value: Buffer.from(JSON.stringify(value)), headers: withValue(headers) }
  },

  structured(event: SdkEvent<unknown>): KafkaSent {
    const { headers, value } = Kafka.structured(event)
    return { key: event.subject, value: bytesOf(value), headers: withValue(headers) }
  },
}

function validated(read: Read): CloudEventV1<unknown> {
  if (!(read instanceof SdkEvent) || !read.validate()) throw new Error('the package read no valid event')
  return read
}

function withValue(headers: object): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) texts[name] = typeof value === 'string' ? value : String(value)
  }
  return texts
}

function bytesOf(body: unknown): Buffer {
  if (typeof body !== 'string') throw new Error('the package wrote no text')
  return Buffer.from(body)
}

import { headers, type MsgHdrs } from 'nats'
import type { CloudEvent } from '../../adapters/index.ts'

/** What the sender below writes and the reader knows, besides the attributes that every event has. */
const names = [
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'region',
  'tenant',
] as const
const prefix = 'ce-'

/** The headers of an event as a careful application writes them with the client; no value here needs to be encoded. */
export function headersByHand(event: CloudEvent, key?: string): MsgHdrs {
  const written = headers()
  for (const name of names) {
    const value = event[name]
    if (typeof value === 'string') written.append(prefix + name, value)
  }
  if (key !== undefined) written.append('waybill-key', key)
  return written
}

export function payloadByHand(event: CloudEvent): string {
  return JSON.stringify(event.data)
}

/** The attributes of a message; looking each header up by its name takes the client several times as long. */
export function attributesByHand({
  headers: received,
}: {
  readonly headers?: MsgHdrs | undefined
}): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [name, [value]] of received ?? []) {
    if (name.startsWith(prefix) && value !== undefined) attributes[name.slice(prefix.length)] = value
  }
  return attributes
}

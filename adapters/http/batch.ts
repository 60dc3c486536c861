import { jsonBatchMediaType } from '../core/json.ts'
import type { Message } from '../core/message.ts'

/** Messages that travel in one request: those from `first` to before `end`. */
export interface Load {
  readonly first: number
  readonly end: number
}

const structured = 'application/cloudevents+json'
const comma = 0x2c

/**
 * Divides messages into requests: one each, or, with `most` above 1, neighbours that are structured events together.
 * What carries more headers than its content type travels alone.
 */
export function loadsOf(messages: readonly Message[], most: number, mostBytes: number): Load[] {
  if (most === 1) return messages.map((_, first) => ({ first, end: first + 1 }))
  const loads: Load[] = []
  for (let first = 0; first < messages.length; ) {
    let end = first + 1
    let bytes = 2 + (messages[first]?.body?.length ?? 0)
    while (end - first < most && isEvent(messages[end - 1]) && isEvent(messages[end])) {
      bytes += 1 + (messages[end]?.body?.length ?? 0)
      if (bytes > mostBytes) break
      end++
    }
    loads.push({ first, end })
    first = end
  }
  return loads
}

function isEvent(message: Message | undefined): boolean {
  if (message?.body == null) return false
  const [[name, value] = ['', ''], ...more] = Object.entries(message.headers)
  return (
    more.length === 0 && name.toLowerCase() === 'content-type' && value.toLowerCase().startsWith(structured)
  )
}

/** One message of the JSON batch format, made of structured events as they are. */
export function batchMessage(messages: readonly Message[]): Message {
  const bodies = messages.map(({ body }) => body ?? new Uint8Array())
  const body = new Uint8Array(bodies.reduce((size, each) => size + each.length + 1, 1))
  let at = 0
  body[at++] = 0x5b
  for (const each of bodies) {
    if (at > 1) body[at++] = comma
    body.set(each, at)
    at += each.length
  }
  body[at] = 0x5d
  return { body, headers: { 'content-type': jsonBatchMediaType } }
}

import type { Mode } from '../core/binding.ts'
import type { CloudEvent } from '../core/event.ts'
import type { Message } from '../core/message.ts'
import { type HttpBinding, binding as usual } from './binding.ts'
import { illegalHeader } from './post.ts'
import { problem } from './problem.ts'

export interface ResponseOptions {
  /** Of a single event; several are always a batch. Default: the binding's own. */
  readonly mode?: Mode | undefined
  /** Of a response with an event: 200 to 599, but not 204, 205 and 304. Default 200. */
  readonly status?: number | undefined
  /** Further headers. An event's own header wins over one of the same name. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Default: the binding with every default. */
  readonly binding?: HttpBinding | undefined
}

const bodiless = new Set([204, 205, 304])

/**
 * The response that replies with events, as a receiver of Knative does: one event in binary or structured mode, several as a
 * batch, which the requester must be known to read, and none as 204. Throws `InvalidEventError`, and `ERR_CONFIG` where
 * the status is none that has a body.
 */
export function responseOf(
  events: CloudEvent | readonly CloudEvent[] | undefined,
  { mode, status = 200, headers = {}, binding = usual }: ResponseOptions = {},
): Response {
  if (!Number.isInteger(status) || status < 200 || status > 599 || bodiless.has(status))
    throw problem('ERR_CONFIG', `a response of status ${status} carries no event: use 200`)
  const all = events === undefined ? [] : isList(events) ? events : [events]
  const [first] = all
  if (first === undefined) return new Response(null, { status: 204, headers })
  const message = all.length === 1 ? binding.encode(first, { mode, headers }) : batchOf(all, binding, headers)
  const error = illegalHeader(message)
  if (error !== undefined) throw error
  return new Response(message.body, { status, headers: message.headers })
}

function batchOf(
  events: readonly CloudEvent[],
  binding: HttpBinding,
  headers: Readonly<Record<string, string>>,
): Message {
  const batch = binding.encodeBatch(events)
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-type')
  return { ...batch, headers: { ...Object.fromEntries(others), ...batch.headers } }
}

function isList(events: CloudEvent | readonly CloudEvent[]): events is readonly CloudEvent[] {
  return Array.isArray(events)
}

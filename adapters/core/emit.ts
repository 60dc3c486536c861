import type { Attempt } from './attempt.ts'
import type { Delivery } from './driver.ts'
import { TerminalError } from './errors.ts'
import type { CloudEvent } from './event.ts'
import type { EventStream, HandlerResult } from './handler.ts'

/** Publishes events of one delivery to the sink; resolves when every one is confirmed. */
export type Emit = (events: readonly CloudEvent[], delivery: Delivery) => Promise<unknown>

/** Events of a stream that may be on their way to the sink at once. */
const streamWindow = 256

/** True where the result holds events; anything else that a handler happens to return means nothing. */
export function holdsEvents(result: unknown): result is CloudEvent | readonly CloudEvent[] | EventStream {
  if (typeof result !== 'object' || result === null) return false
  if (Array.isArray(result)) return result.some(isEvent)
  return isEvent(result) || isStream(result)
}

/** Publishes what a handler returned. Returns how many events that were. */
export async function emitAll(
  result: HandlerResult,
  attempt: Attempt,
  emit: Emit | undefined,
): Promise<number> {
  if (!holdsEvents(result)) return 0
  if (emit === undefined) {
    throw new TerminalError(
      'the handler returned an event but the function has no sink: add a sink or return nothing',
    )
  }
  if (isStream(result)) return emitStream(result, attempt, emit)
  const events = isList(result) ? result : [result]
  const stranger = events.findIndex((event) => !isEvent(event))
  if (stranger !== -1) {
    throw new TerminalError(`item ${stranger} that the handler returned is not an event: return events only`)
  }
  await emit(events, attempt.delivery)
  return events.length
}

async function emitStream(stream: EventStream, attempt: Attempt, emit: Emit): Promise<number> {
  let emitted = 0
  const pending = new Set<Promise<unknown>>()
  let failed: { readonly error: unknown } | undefined
  for await (const event of stream) {
    if (failed !== undefined || attempt.cut !== undefined) break
    const sent = emit([event], attempt.delivery).catch((error: unknown) => {
      failed ??= { error }
    })
    pending.add(sent)
    void sent.then(() => pending.delete(sent))
    emitted++
    if (pending.size >= streamWindow) await Promise.race(pending)
  }
  await Promise.all(pending)
  if (failed !== undefined) throw failed.error
  return emitted
}

/** Meant as an event, valid or not: what lacks only `specversion` must be refused, not overlooked. */
function isEvent(value: unknown): value is CloudEvent {
  if (typeof value !== 'object' || value === null) return false
  return 'specversion' in value || ('type' in value && 'source' in value)
}

function isList(value: CloudEvent | readonly CloudEvent[]): value is readonly CloudEvent[] {
  return Array.isArray(value)
}

/** What an (async) generator returns; other iterables that a handler happens to return, such as a `Map`, are none. */
function isStream(value: object): value is EventStream {
  return Symbol.asyncIterator in value || (Symbol.iterator in value && 'next' in value)
}

import type { Attempt } from './attempt.ts'
import type { Delivery } from './driver.ts'
import { TerminalError } from './errors.ts'
import type { CloudEvent } from './event.ts'
import type { EventStream, HandlerResult } from './handler.ts'
import { describe } from './stringify.ts'
import { type Bounds, bounded, untimed } from './watch.ts'

/** Publishes events of one delivery to the sink; resolves when every one is confirmed. */
export type Emit = (events: readonly CloudEvent[], delivery: Delivery) => Promise<unknown>

/** What a handler returns keeps the order of what it was given, unless the event names a key of its own. */
export function keyAfter(key: string | undefined): (event: CloudEvent) => string | undefined {
  return (event) => (typeof event.partitionkey === 'string' ? event.partitionkey : key)
}

/** Events of a stream that may be on their way to the sink at once. */
const streamWindow = 256

/**
 * True where a result has to be published. Where there is a sink, whatever is returned is meant for it; elsewhere only
 * events are: what `(event) => list.push(event)` returns means nothing.
 */
export function meansEvents(result: unknown, emit: Emit | undefined): boolean {
  return result !== undefined && result !== null && (emit !== undefined || holdsEvents(result))
}

function holdsEvents(result: unknown): result is CloudEvent | readonly CloudEvent[] | EventStream {
  if (typeof result !== 'object' || result === null) return false
  if (Array.isArray(result)) return result.some(isEvent)
  return isEvent(result) || isStream(result)
}

/** Publishes what a handler returned. Returns how many events that were. */
export async function emitAll(
  result: HandlerResult,
  attempt: Attempt,
  emit: Emit | undefined,
  bounds: Bounds,
): Promise<number> {
  if (Array.isArray(result) && result.length === 0) return 0
  if (!holdsEvents(result)) throw strange(describe(result))
  if (emit === undefined) {
    throw new TerminalError(
      'the handler returned an event but the function has no sink: add a sink or return nothing',
    )
  }
  if (isStream(result)) return emitStream(result, attempt, emit, bounds)
  const events = isList(result) ? result : [result]
  const stranger = events.findIndex((event) => !isEvent(event))
  if (stranger !== -1) throw strange(`item ${stranger}`)
  await emit(events, attempt.delivery)
  return events.length
}

async function emitStream(
  stream: EventStream,
  attempt: Attempt,
  emit: Emit,
  bounds: Bounds,
): Promise<number> {
  const iterator = Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]()
  const pending = new Set<Promise<unknown>>()
  let failed: { readonly error: unknown } | undefined
  let emitted = 0
  const unlimited = untimed(bounds)
  try {
    while (failed === undefined) {
      const { done, value } = await bounded(attempt, Promise.resolve(iterator.next()), bounds)
      if (done) break
      if (!isEvent(value)) throw strange(`item ${emitted}`)
      const sent = emit([value], attempt.delivery).catch((error: unknown) => {
        failed ??= { error }
      })
      pending.add(sent)
      void sent.then(() => pending.delete(sent))
      emitted++
      if (pending.size >= streamWindow) await bounded(attempt, Promise.race(pending), unlimited)
    }
    await bounded(attempt, Promise.all(pending), unlimited)
  } catch (error) {
    failed ??= { error }
  }
  if (failed === undefined) return emitted
  // Lets the generator's `finally` run; what goes wrong or hangs there must not hide why it was ended.
  Promise.resolve()
    .then(() => iterator.return?.())
    .catch(() => {})
  throw failed.error
}

function strange(what: string): TerminalError {
  return new TerminalError(
    `${what} that the handler returned is not an event: return what createEvent or derive gives`,
  )
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

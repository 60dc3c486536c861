import type { Delivery } from './driver.ts'
import type { CloudEvent } from './event.ts'
import type { Logger } from './observe.ts'

/** What a handler is told beside the event. */
export interface Context {
  /** 1 for the first attempt, whoever repeats it. */
  readonly attempt: number
  /** Aborts when the attempt's time is up, the lease is lost or the run must end now. Pass it on to what you call. */
  readonly signal: AbortSignal
  /** Where the event came from: topic, key, lane, position and the client's own object. */
  readonly delivery: Delivery
  readonly logger?: Logger | undefined
  /**
   * Work for the end of this attempt, such as noting that it need not be made again: called without an error when the sink has
   * confirmed what the handler returned, before the event is acknowledged; else with why the attempt failed. The last that was
   * asked for comes first, each is called once, and the next waits for it. Where it fails after a success, the attempt has
   * failed, and those not yet called hear of that.
   */
  onEnd(work: AttemptEnd): void
}

export type AttemptEnd = (failure?: { readonly error: unknown }) => Awaitable<void>

export type Awaitable<T> = T | PromiseLike<T>

/** A generator's events, published as they come, with backpressure. */
export type EventStream = AsyncIterable<CloudEvent> | IterableIterator<CloudEvent>

/** Events to publish to the function's sink. */
export type HandlerResult = void | CloudEvent | readonly CloudEvent[] | EventStream

/**
 * What users write. Returning acknowledges, after what was returned is published; throwing retries as the policy says;
 * throwing a `TerminalError` dead-letters at once.
 *
 * A handler says what its data are, `(event: CloudEvent<Order>) => …`; nothing checks that. Declared as a method, because
 * only parameters of methods may be narrower than what the caller knows.
 */
export type Handler<T = unknown> = {
  handle(event: CloudEvent<T>, context: Context): Awaitable<HandlerResult>
}['handle']

/**
 * Wraps every attempt of a handler: logging, tracing, deduplication, throttling. Call `next` once; return its result or
 * another one. Not calling it skips the handler and acknowledges.
 */
export interface Middleware {
  (
    event: CloudEvent,
    context: Context,
    next: (event?: CloudEvent, context?: Context) => Promise<HandlerResult>,
  ): Awaitable<HandlerResult>
  /**
   * Resolves where what the middleware needs can be used, and rejects with what is missing: asked before events are read. Where
   * it fails later, throw `ERR_UNAVAILABLE` in place of calling `next`: the event is held, and no attempt is counted.
   */
  check?(): Promise<void>
}

/** One handler out of many layers; the first middleware is the outermost. */
export function compose(middleware: readonly Middleware[], handler: Handler): Handler {
  return middleware.reduceRight<Handler>(
    (inner, layer) => (event, context) =>
      layer(event, context, async (changedEvent, changedContext) =>
        inner(
          changedEvent ?? event,
          changedContext === undefined ? context : complete(changedContext, context),
        ),
      ),
    handler,
  )
}

/** A context that was copied by a spread has lost what is no property of its own. */
function complete(changed: Context, original: Context): Context {
  const { signal = original.signal, onEnd }: Partial<Context> = changed
  if (changed.signal !== undefined && onEnd !== undefined) return changed
  return { ...changed, signal, onEnd: (work) => original.onEnd(work) }
}

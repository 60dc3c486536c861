import type { Binding, Mode } from './binding.ts'
import type { Capabilities, Source, StartPosition, Topology } from './driver.ts'
import type { CloudEvent } from './event.ts'
import type { Handler, Middleware } from './handler.ts'
import type { Message } from './message.ts'
import type { Logger, Observe } from './observe.ts'
import type { Policy } from './policy.ts'

/** Where one accepted record was stored, as far as the broker tells. */
export interface Receipt {
  readonly position?: string | undefined
  readonly lane?: string | undefined
}

export interface SendOptions {
  /** Ends the wait: records without a result fail with `ERR_ABORTED`. Those on their way may still arrive. */
  readonly signal?: AbortSignal | undefined
}

export interface PublishOptions extends SendOptions {
  /** Events with the same key keep their order. Default: the event's `partitionkey`, else none. */
  readonly key?: string | ((event: CloudEvent) => string | undefined) | undefined
  readonly mode?: Mode | undefined
}

/** Where events go that a handler returns. */
export interface Sink {
  readonly topic: string
  /** Default: the broker that is subscribed to. */
  readonly broker?: Broker | undefined
}

export interface SubscribeOptions {
  readonly policy?: Policy | undefined
  readonly sink?: Sink | undefined
  /** The first is the outermost. */
  readonly middleware?: readonly Middleware[] | undefined
  readonly logger?: Logger | undefined
  readonly observe?: Observe | undefined
}

/** A running reader. */
export interface Subscription extends AsyncDisposable {
  /**
   * Resolves after {@link Subscription.close}; rejects when reading could not go on. Handle it: a consumer that ended
   * unseen would be worse than the unhandled rejection that ends the process.
   */
  readonly done: Promise<void>
  /**
   * Stops fetching, lets running handlers finish for `policy.drainMs`, then aborts them. What was not finished is not
   * acknowledged. Safe to call again.
   */
  close(): Promise<void>
}

/** What an application holds: the same for every broker. */
export interface Broker extends AsyncDisposable {
  /** The transport, as errors and logs name it. */
  readonly name: string
  readonly capabilities: Capabilities
  readonly binding: Binding
  /**
   * Publishes, in order, and resolves when the broker has confirmed every event. The events are encoded before the call
   * returns, so changing them afterwards changes nothing. Concurrent calls are sent together.
   *
   * Throws `InvalidEventError`, `PublishError` (names the failed indexes; the others were accepted), `ERR_TOO_LARGE`
   * inside it, `ERR_CLOSED`.
   */
  publish(
    topic: string,
    events: CloudEvent | readonly CloudEvent[],
    options?: PublishOptions,
  ): Promise<readonly Receipt[]>
  /** Sends messages as they are: for relays, dead letters and formats that are not CloudEvents. */
  send(topic: string, messages: readonly Message[], options?: SendOptions): Promise<readonly Receipt[]>
  /**
   * Runs a handler on every event of a source. Throws `ERR_CONFIG` for a wrong policy or source, `ERR_UNSUPPORTED` for a
   * start that the broker does not have, `ERR_CLOSED`.
   */
  subscribe(source: Source, handler: Handler, options?: SubscribeOptions): Subscription
  /** Moves a group, for all its members. Throws `ERR_UNSUPPORTED` for a position not in `capabilities.replay`. */
  replay(source: Source, from: StartPosition): Promise<void>
  /** Creates topics and groups where the broker can. Throws `ERR_UNSUPPORTED` elsewhere. */
  ensure(topology: Topology): Promise<void>
  /** Resolves when the server answers. Throws `ERR_UNSUPPORTED` where there is nothing to ask. */
  ping(): Promise<void>
  /** Drains every subscription, sends what is queued, ends connections. Safe to call again. */
  close(): Promise<void>
}

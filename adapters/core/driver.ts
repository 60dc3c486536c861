import type { Message } from './message.ts'
import type { Policy } from './policy.ts'

/** Where a group begins when it has no position yet, or where a replay puts it. */
export type StartPosition =
  | 'earliest'
  | 'latest'
  /** The first message stored at or after this moment, in milliseconds since 1970 UTC. */
  | { readonly time: number }
  /** The message at this position is delivered first. `lane` is needed where positions are unique per lane only. */
  | { readonly position: string; readonly lane?: string | undefined }

export type StartKind = 'earliest' | 'latest' | 'time' | 'position'

/** What is read, by whom, from where. */
export interface Source {
  readonly topic: string
  /** Members of one group share the messages; every group gets them all. */
  readonly group: string
  /** Applies only while the group has no position; moving one that has is `replay`. Default `earliest`. */
  readonly start?: StartPosition | undefined
}

/** One received message as plain data. */
export interface Delivery {
  readonly message: Message
  readonly topic: string
  /** 1 for the first delivery. Exact only where `capabilities.attempts`; else always 1, and the runner counts. */
  readonly attempt: number
  /** The unit of order: Kafka partition, Kinesis shard, Pub/Sub ordering key. Absent: no order is promised. */
  readonly lane?: string | undefined
  /** Opaque name of the place in the lane (offset, sequence number). Never turned into a number. */
  readonly position?: string | undefined
  /** The topic at which the sender waits for an answer: where there is no sink, what the handler returns goes there. */
  readonly replyTo?: string | undefined
  /** When the broker stored the message, in milliseconds since 1970 UTC. */
  readonly time?: number | undefined
  /** Aborts when this delivery may no longer be settled: lease lost, rebalance, deadline of the host. */
  readonly signal: AbortSignal
  /** The client's own object: the way out for what the portable model does not carry. */
  readonly native: unknown
}

/**
 * What became of a delivery.
 * - `ack`: done, never again.
 * - `nack`: the attempt failed; deliver it again, after `delayMs` where the driver has `capabilities.delay`.
 * - `term`: never again, though it was not handled: it was dead-lettered or dropped.
 * - `release`: it was not tried, or its attempt was cut short, because an earlier delivery of its lane was nacked or
 *   the run ends; deliver it again and, where the broker can, count no attempt (AMQP 1.0 §3.4.4 has the same outcome).
 */
export type Outcome =
  | { readonly kind: 'ack' }
  | { readonly kind: 'nack'; readonly cause: unknown; readonly delayMs?: number | undefined }
  | { readonly kind: 'term'; readonly cause: unknown }
  | { readonly kind: 'release' }

/**
 * Takes deliveries of one lane, in order (or of no lane), and tells what became of each, by index. `await` it: where
 * no handler had to wait, the outcomes are there at once, which spares high rates a promise for each call.
 * Never rejects. May be called for many lanes at once, but for one lane only after its last call settled.
 * Until the outcomes are there the driver keeps the lease alive (heartbeat, `working`, deadline extension).
 */
export type Deliver = (batch: readonly Delivery[]) => readonly Outcome[] | Promise<readonly Outcome[]>

/** Accepted: where it was stored, as far as the broker tells. Or why not. */
export type SendResult =
  | { readonly position?: string | undefined; readonly lane?: string | undefined }
  | Refusal

/**
 * Why a record was not accepted, whether sending again can help, how long the server asks to wait before that, and whether it
 * was `tried` at all: a record that was held back because an earlier one of its key failed was not, and has not used up an
 * attempt (default true).
 */
export interface Refusal {
  readonly error: unknown
  readonly retryable: boolean
  readonly retryAfterMs?: number | undefined
  readonly tried?: boolean | undefined
}

/** What a driver really guarantees. The conformance suite holds it to each, and to refusing what it does not claim. */
export interface Capabilities {
  readonly delivery: 'at-most-once' | 'at-least-once'
  readonly ordering: 'none' | 'lane'
  /** Who repeats after a failure: the broker on a nack, or the runner in place, holding the lane. */
  readonly redelivery: 'broker' | 'runner'
  /** The broker counts deliveries. */
  readonly attempts: boolean
  /** `delayMs` of a nack is honoured. */
  readonly delay: boolean
  /** Messages carry headers; without them every event is written in structured mode. */
  readonly headers: boolean
  readonly replay: readonly StartKind[]
  /** Limits of one `send` call. */
  readonly maxBatch: { readonly records: number; readonly bytes: number }
  /**
   * Calls of `send` for one topic that may be on their way at once; two of them never share a key. More than one spares
   * callers that publish one event each the wait for one another. Default 1.
   */
  readonly maxBatchesInFlight?: number | undefined
  /** Largest message, in bytes of body, headers and key together. */
  readonly maxMessageBytes: number
  /** Nothing can be read: a sink only. Default false. */
  readonly emitOnly?: boolean | undefined
}

/** What `ensure` creates, for development, tests and brokers that no infrastructure code can reach. */
export interface Topology {
  readonly topics: readonly string[]
  /** With the policy by which a group will be read, for brokers that keep a part of it themselves. */
  readonly groups?: readonly (Source & { readonly policy?: Policy | undefined })[] | undefined
}

/** How a subscription reads, decided by its policy. */
export interface ReceiveOptions {
  /**
   * Deliveries handed out and not yet settled, at most: the backpressure of one subscription. Where the runner holds
   * lanes (`redelivery: 'runner'`) it counts per lane, so that a held lane does not keep others from being read.
   */
  readonly prefetch: number
}

/**
 * The I/O for one broker: the little that an adapter author writes. A driver translates; it never retries, decides or
 * dead-letters.
 */
export interface Driver {
  readonly capabilities: Capabilities
  /**
   * Sends in the order given and tells the result of each record, by index. Never retries. Rejects only when nothing
   * was sent. When a record fails, later records of the same key in this call fail too, so that order survives a retry.
   */
  send(topic: string, messages: readonly Message[], signal?: AbortSignal): Promise<readonly SendResult[]>
  /**
   * Reads until `signal` aborts; then stops fetching, waits until every pending `deliver` has settled, settles what
   * they say, and resolves. Rejects when reading cannot go on, which ends the subscription. Never called where
   * `capabilities.emitOnly`.
   */
  receive(source: Source, deliver: Deliver, signal: AbortSignal, options: ReceiveOptions): Promise<void>
  /** Ends connections. Called once, after every `receive` has ended. */
  close(): Promise<void>
  /** Moves a group. What was delivered before and is not settled yet is settled for nobody. */
  seek?(source: Source, to: StartPosition): Promise<void>
  ensure?(topology: Topology): Promise<void>
  /** Resolves when the server answers. */
  ping?(): Promise<void>
}

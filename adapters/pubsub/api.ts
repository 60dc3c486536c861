import type { PubSub, protos } from '@google-cloud/pubsub'

export type Subscription = protos.google.pubsub.v1.ISubscription
export type Topic = protos.google.pubsub.v1.ITopic
export type PullResponse = protos.google.pubsub.v1.IStreamingPullResponse
export type PulledMessage = protos.google.pubsub.v1.IReceivedMessage
export type Publication = protos.google.pubsub.v1.IPubsubMessage
export type SeekTarget = Pick<protos.google.pubsub.v1.ISeekRequest, 'time' | 'snapshot'>

/** What hears of a stream of messages. */
export interface PullListener {
  received(response: PullResponse): void
  /** Called once, when nothing more comes: without an error where the server ended it in peace. */
  ended(error: unknown): void
}

/** A stream of messages that is open. */
export interface Pulling {
  /** Says that this side is there; the server ends streams that are silent. */
  keepAlive(): void
  pause(): void
  resume(): void
  /** Asks for no more; what is on its way still comes. */
  end(): void
  cancel(): void
}

/**
 * The requests of Pub/Sub that the driver makes, and nothing else of the client: names are full, times are the service's, nothing
 * is retried, and errors are the client's own.
 */
export interface Requests {
  readonly project: string
  /** Where requests go, for errors. */
  readonly address: string
  /** Ids, one for each message. */
  publish(topic: string, messages: readonly Publication[]): Promise<readonly string[]>
  pull(
    subscription: string,
    ackDeadlineSeconds: number,
    maxOutstanding: { readonly messages: number; readonly bytes: number },
    listener: PullListener,
  ): Pulling
  acknowledge(subscription: string, ackIds: readonly string[]): Promise<void>
  /** 0 seconds gives the messages back at once. */
  modifyAckDeadline(subscription: string, ackIds: readonly string[], seconds: number): Promise<void>
  getTopic(topic: string): Promise<Topic>
  createTopic(topic: Topic): Promise<void>
  getSubscription(subscription: string): Promise<Subscription>
  createSubscription(subscription: Subscription): Promise<Subscription>
  seek(subscription: string, target: SeekTarget): Promise<void>
  createSnapshot(snapshot: string, subscription: string): Promise<void>
  /** Any request that the service answers without changing anything. */
  ask(): Promise<void>
}

/** The requests by a client of its own. */
export interface Api extends Requests {
  readonly native: PubSub
  close(): Promise<void>
}

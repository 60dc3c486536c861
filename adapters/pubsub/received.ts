import type { Received as AnyReceived } from '../core/binding.ts'

/** A message as Pub/Sub handed it over, whichever way it came. */
export interface Received extends AnyReceived {
  /** 1 for the first delivery. Exact only where the subscription has a dead-letter policy; else always 1. */
  readonly attempt: number
  /** `projects/P/subscriptions/S`, where the message tells. */
  readonly subscription?: string | undefined
}

/** What {@link received} is made of, as it was found. */
export interface ReceivedParts {
  readonly data: Uint8Array | null
  readonly attributes: Readonly<Record<string, string>>
  readonly topic: string
  readonly id: string | undefined
  /** Milliseconds since 1970 UTC. */
  readonly time: number | undefined
  readonly orderingKey: string | undefined
  readonly attempt: unknown
  readonly subscription?: string | undefined
}

/** Empty data are no data, and an empty ordering key is none: Pub/Sub does not tell them apart. */
export function received(parts: ReceivedParts): Received {
  const { data, attributes, topic, id, time, attempt, subscription } = parts
  const key = parts.orderingKey === '' ? undefined : parts.orderingKey
  const isCounted = typeof attempt === 'number' && Number.isSafeInteger(attempt) && attempt > 0
  return {
    message: { body: data === null || data.length === 0 ? null : data, headers: attributes, key },
    origin: { topic, lane: key, position: id, time: Number.isFinite(time) ? time : undefined },
    attempt: isCounted ? attempt : 1,
    subscription,
  }
}

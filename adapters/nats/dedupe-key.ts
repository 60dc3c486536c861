import type { CloudEvent } from '../core/event.ts'
import { percentEncode } from '../core/percent.ts'

/** The header by which a JetStream stream knows duplicates (NATS, "JetStream Headers"); the server compares its case. */
export const messageIdHeader = 'Nats-Msg-Id'

/**
 * What tells an event from every other: `source`, a space and `id`, each percent-encoded. CloudEvents says that equal
 * `source` and `id` mean the same event, and encoded texts hold no space, so two events have the same key only where both
 * are equal. ASCII without control characters, legal in a header.
 *
 * Not shortened: a hash that cannot collide is not to be had without waiting. It is as long as the two attributes, up to
 * nine times where they are not ASCII, and counts towards the server's `max_payload`.
 */
export function dedupeKey({ source, id }: Pick<CloudEvent, 'source' | 'id'>): string {
  return `${percentEncode(source)} ${percentEncode(id)}`
}

/**
 * The value of `Nats-Msg-Id` for a message on its way to a subject: the subject stands before the key. A stream knows
 * duplicates whatever subject they came by, so an event that is forwarded from one subject of a stream to another would
 * be acknowledged and not stored.
 */
export function messageId(subject: string, key: string): string {
  return `${percentEncode(subject)} ${key}`
}

import type { Binding } from './binding.ts'
import type { Delivery } from './driver.ts'
import { messageOf } from './errors.ts'
import { type Message, sizeOf } from './message.ts'

/** A delivery that will never be handled, and why. */
export interface DeadLetter {
  readonly delivery: Delivery
  readonly cause: unknown
  /** Attempts made, those included that failed to decode; 0 where the message was too old when it came. */
  readonly attempts: number
  /** Milliseconds since 1970 UTC. */
  readonly time: number
}

const longestReason = 500

/**
 * The message for the dead-letter topic: body, headers and key of the original, and the extensions `dlqreason`,
 * `dlqtopic`, `dlqattempts` and `dlqtime`. A structured event gets them in its envelope, its data unchanged. Where they
 * would make it larger than `maxBytes`, the original goes without them: it must arrive.
 */
export function deadLetterMessage(
  binding: Binding,
  letter: DeadLetter,
  maxBytes = Number.POSITIVE_INFINITY,
): Message {
  const original = letter.delivery.message
  const annotated = binding.annotate(original, {
    dlqreason: reasonOf(letter.cause),
    dlqtopic: letter.delivery.topic,
    dlqattempts: letter.attempts,
    dlqtime: new Date(letter.time).toISOString(),
  })
  return sizeOf(annotated) <= maxBytes ? annotated : original
}

/** One line that is legal in an attribute: no control characters, noncharacters or lone surrogates (CloudEvents §3.1). */
function reasonOf(cause: unknown): string {
  const line = messageOf(cause)
    .replace(/[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\s]+/gu, ' ')
    .trim()
  const characters = Array.from(line.slice(0, 2 * longestReason))
  return (
    characters
      .slice(0, longestReason)
      .join('')
      .replace(/\p{Cs}/gu, '') || 'unknown'
  )
}

import type { Annotations, Binding } from './binding.ts'
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
 * would make it larger than `maxBytes`, the reason is cut; where that is not enough, they are left out: it must arrive.
 * None of that name that the original brought is ever left in their place.
 */
export function deadLetterMessage(
  binding: Binding,
  letter: DeadLetter,
  maxBytes = Number.POSITIVE_INFINITY,
): Message {
  const { delivery, cause, attempts, time } = letter
  const annotations = {
    dlqreason: reasonOf(cause),
    dlqtopic: cleaned(delivery.topic),
    dlqattempts: attempts,
    dlqtime: new Date(time).toISOString(),
  }
  const none = { dlqreason: undefined, dlqtopic: undefined, dlqattempts: undefined, dlqtime: undefined }
  for (const fitting of [annotations, { ...annotations, dlqreason: 'too long to be told here' }, none]) {
    const annotated = annotatedOrNot(binding, delivery, fitting)
    if (annotated !== undefined && sizeOf(annotated) <= maxBytes) return annotated
  }
  return delivery.message
}

/** A binding that cannot add the attributes must not keep the original from its place. */
function annotatedOrNot(binding: Binding, delivery: Delivery, attributes: Annotations): Message | undefined {
  try {
    return binding.annotate(delivery.message, attributes, delivery)
  } catch {
    return undefined
  }
}

function reasonOf(cause: unknown): string {
  return cleaned(messageOf(cause)) || 'unknown'
}

/** One line that is legal in an attribute: no control characters, noncharacters or lone surrogates (CloudEvents "Type System"). */
function cleaned(text: string): string {
  const line = text
    .slice(0, 4 * longestReason)
    .replace(/[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\s]+/gu, ' ')
    .trim()
  return Array.from(line).slice(0, longestReason).join('')
}

import type { Violation } from '../core/errors.ts'
import type { Message } from '../core/message.ts'

const noBytes = {
  attribute: 'data',
  rule: 'empty-body',
  message: '"data" has no bytes, which an empty body does not say: leave mode "binary" out',
} as const

/** Refuses binary messages whose data have no bytes; a body that is `null` is no data. */
export function emptyData({ body }: Message): Violation | undefined {
  return body?.length === 0 ? noBytes : undefined
}

/** The message as HTTP means it: a body of no bytes is none. */
export function withoutEmptyBody(message: Message): Message {
  return message.body?.length === 0 ? { ...message, body: null } : message
}

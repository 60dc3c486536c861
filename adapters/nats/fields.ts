import type { Message } from '../core/message.ts'
import { messageId, messageIdHeader } from './dedupe-key.ts'
import { keyHeader, keyToSend } from './key.ts'
import { headersOfMessage } from './message.ts'

/** Names and values of headers, by turns; those from `length` on are of an earlier message. */
export interface Fields {
  readonly texts: string[]
  length: number
}

/** Fills `fields` with the headers of a message for this subject: its own, and its key. */
export function fillFields(fields: Fields, message: Message, subject: string): void {
  const { headers, headerValues } = message
  fields.length = 0
  if (headerValues === undefined) {
    for (const name in headers) {
      const value = headers[name]
      if (value === undefined || name === keyHeader) continue
      add(fields, name, name === messageIdHeader ? messageId(subject, value) : value)
    }
  } else {
    for (const [name, value] of headersOfMessage(message, subject)) {
      if (name !== keyHeader) add(fields, name, value)
    }
  }
  const key = keyToSend(message)
  if (key !== undefined) add(fields, keyHeader, key)
}

function add(fields: Fields, name: string, value: string): void {
  fields.texts[fields.length++] = name
  fields.texts[fields.length++] = value
}

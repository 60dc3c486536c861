import { MEMO_LIMIT } from './characters.ts'
import { DecodeError } from './errors.ts'
import type { CloudEvent } from './event.ts'
import { decodeJson, type ReadOptions } from './json.ts'
import type { Message } from './message.ts'
import { quote } from './quote.ts'

const eventType = 'application/cloudevents'
const batchType = 'application/cloudevents-batch'
/** The last content type of an event in JSON: nearly always the next one is the same. */
let lastRead = eventType

/** True for the content types of events and of batches, whatever their format; case and outer spaces do not count. */
export function isStructured(contentType: string): boolean {
  // Most content types are none, and each message is asked.
  if (contentType.length < eventType.length) return false
  if (contentType === lastRead) return true
  return contentType.trimStart().slice(0, eventType.length).toLowerCase() === eventType
}

/** True for a batch, which the content type of an event is a prefix of. */
export function isBatch(contentType: string): boolean {
  return contentType.trimStart().slice(0, batchType.length).toLowerCase() === batchType
}

/**
 * Reads a message whose content type says that its body is an event (CloudEvents "Event Formats"). The bare media type
 * means JSON. An unknown format is refused: reading headers instead, which may repeat attributes, would make a wrong event.
 */
export function decodeStructured({ body }: Message, contentType: string, options: ReadOptions): CloudEvent {
  if (contentType !== lastRead) checkEventFormat(contentType)
  if (body === null) throw new DecodeError('a structured CloudEvent has no body: send the event as JSON')
  return decodeJson(body, options)
}

function checkEventFormat(contentType: string): void {
  if (isBatch(contentType))
    throw new DecodeError('a message holds one event, not a batch: send each by itself')
  checkJsonFormat(contentType, eventType)
  if (contentType.length <= MEMO_LIMIT) lastRead = contentType
}

/** Refuses a batch that is not in JSON. */
export function checkBatchFormat(contentType: string): void {
  checkJsonFormat(contentType, batchType)
}

function checkJsonFormat(contentType: string, prefix: string): void {
  const [type = '', ...parameters] = contentType.trim().toLowerCase().split(';')
  const format = type.trimEnd().slice(prefix.length)
  if (format !== '' && format !== '+json')
    throw new DecodeError(`event format ${quote(format)} is not supported: use JSON`)
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)/.exec(parameter)?.[1])
    .find(Boolean)
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'us-ascii')
    throw new DecodeError(`charset ${quote(charset)} of the event is not supported: use UTF-8`)
}

import type { BindingOptions, Origin } from '../core/binding.ts'
import { DecodeError } from '../core/errors.ts'
import type { CloudEvent } from '../core/event.ts'
import type { Message } from '../core/message.ts'
import {
  attributeOfKey,
  escaped,
  positionOf,
  rawEvent,
  rawSource,
  timeText,
  type UsualRaw,
} from '../core/raw.ts'
import { isUri } from '../core/rules.ts'
import { hexDigest } from './digest.ts'

/** The `type` of the event of a record that is none. */
export const streamRecord = 'com.amazon.kinesis.stream_record'

/**
 * A record that is no CloudEvent: `id` is `<shard id>:<sequence number>`, as the `eventID` that Lambda gives it, and of an
 * aggregated record's user record `…#<sub-sequence number>`; `subject` the partition key, where an attribute may hold it;
 * `time` the approximate arrival; data the record's bytes. Throws `DecodeError` without a shard or a sequence number.
 */
export function kinesisRaw(options: BindingOptions): UsualRaw {
  return (message, origin) => recordEvent(message, idOf(origin), origin, options)
}

/**
 * The same of a record of which nothing may be known but its bytes, so that these can be kept in an event: the `id` is
 * their MD5 digest then.
 */
export function anyRecordEvent(
  message: Message,
  origin: Origin | undefined,
  options: BindingOptions,
): CloudEvent {
  const isPlaced = origin?.lane !== undefined && origin.position !== undefined
  const id = isPlaced ? idOf(origin) : `md5:${hexDigest(message.body ?? new Uint8Array())}`
  return recordEvent(message, id, origin, options)
}

function recordEvent(
  message: Message,
  id: string,
  origin: Origin | undefined,
  options: BindingOptions,
): CloudEvent {
  const { body } = message
  return rawEvent(
    {
      id,
      source: sourceOf(origin?.topic ?? '', options),
      type: streamRecord,
      subject: attributeOfKey(message),
      time: timeText(origin?.time),
    },
    // A record has no headers: what a caller puts there says nothing of its data.
    { body, headers: {} },
  )
}

function idOf(origin: Origin): string {
  const position = positionOf(origin)
  const { lane, topic } = origin
  // Sequence numbers are unique in each shard only.
  if (lane === undefined)
    throw new DecodeError(`the record of "${topic}" is no CloudEvent and has no shard to name it by`)
  return `${escaped(lane)}:${position}`
}

/** A stream may be named by its ARN, which is a URI of its own. */
function sourceOf(topic: string, options: BindingOptions): string {
  const isArn = options.rawSource === undefined && topic.startsWith('arn:') && isUri(topic)
  return isArn ? topic : rawSource('kinesis', topic, options)
}

import type { BindingOptions } from '../core/binding.ts'
import { DecodeError } from '../core/errors.ts'
import {
  attributeOfKey,
  escaped,
  positionOf,
  type RawAttributes,
  rawEvent,
  rawSource,
  timeText,
  type UsualRaw,
} from '../core/raw.ts'

/**
 * A record that is no CloudEvent, as Knative's Kafka source maps it: type `dev.knative.kafka.event`, id
 * `partition:<p>/offset:<o>`, subject `partition:<p>#<o>`, the key as `partitionkey` where an attribute may hold it. The
 * record's timestamp is `time`, the topic is in `source`: unlike Knative's, it names no Kubernetes object.
 */
export function kafkaRaw(options: BindingOptions): UsualRaw {
  return (message, origin) => {
    const { topic, lane, time } = origin
    const position = positionOf(origin)
    // Offsets are counted in each partition: one alone would give many records the same id.
    if (lane === undefined)
      throw new DecodeError(`the message on "${topic}" is no CloudEvent and has no partition to name it by`)
    const partition = escaped(lane)
    const attributes: RawAttributes = {
      id: `partition:${partition}/offset:${position}`,
      source: rawSource('kafka', topic, options),
      type: 'dev.knative.kafka.event',
      subject: `partition:${partition}#${position}`,
      time: timeText(time),
      partitionkey: attributeOfKey(message),
    }
    return rawEvent(attributes, message)
  }
}

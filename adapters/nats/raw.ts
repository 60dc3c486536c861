import type { BindingOptions, Origin } from '../core/binding.ts'
import { permit } from '../core/leniency.ts'
import type { Message } from '../core/message.ts'
import { positionOf, rawEvent, rawSource, timeText, type UsualRaw } from '../core/raw.ts'
import { isCloudEventsString } from '../core/rules.ts'
import { messageIdHeader } from './dedupe-key.ts'

/** What was made up for a delivery, so that each of its attempts gets the same. */
const made = new WeakMap<Origin, { readonly id: string; readonly time: string }>()

const generated = {
  leniency: 'generated-id',
  attribute: 'id',
  message: 'core NATS has no positions, so "id" and "time" are made up: send a CloudEvent or use JetStream',
} as const

/**
 * A core NATS message that is no CloudEvent: type `io.nats.message`, the subject as `subject` and in `source`. Nothing
 * names such a message, but it is delivered at most once: `id` is random and `time` is now, unless the origin knows when
 * it came, and both stay the same while the same origin is read again.
 */
export function natsRaw(options: BindingOptions): UsualRaw {
  return (message, origin, { lenient }) => {
    permit(lenient, generated)
    const { topic } = origin
    const { id, time } = made.get(origin) ?? remember(origin)
    const source = rawSource('nats', topic, options)
    return rawEvent({ id, source, type: 'io.nats.message', subject: topic, time }, message)
  }
}

function remember(origin: Origin) {
  const attributes = { id: crypto.randomUUID(), time: timeText(origin.time) ?? new Date().toISOString() }
  made.set(origin, attributes)
  return attributes
}

/**
 * A JetStream message that is no CloudEvent: type `io.nats.jetstream.message`, the subject as `subject` and in `source`,
 * the moment of storing as `time`. `id` is `msg-id/` and its `Nats-Msg-Id`, which the sender keeps when it sends again, or
 * else its position, `<stream>:<sequence>`: no stream has a slash in its name, so that no sender can take the id of another.
 */
export function jetstreamRaw(options: BindingOptions): UsualRaw {
  return (message, origin) => {
    const { topic } = origin
    const id = messageIdOf(message) ?? positionOf(origin)
    const source = rawSource('jetstream', topic, options)
    const time = timeText(origin.time)
    return rawEvent({ id, source, type: 'io.nats.jetstream.message', subject: topic, time }, message)
  }
}

/** A message id may hold what an attribute may not; then the position names the message. */
function messageIdOf({ headers }: Message): string | undefined {
  // The server compares its case, so in another case it is a header like any other.
  const id: unknown = headers[messageIdHeader]
  return typeof id === 'string' && id !== '' && isCloudEventsString(id) ? `msg-id/${id}` : undefined
}

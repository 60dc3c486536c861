import type { Binding } from '../core/binding.ts'
import type { CloudEvent } from '../core/event.ts'
import { isRecord } from '../core/is-record.ts'
import type { Warn } from '../core/leniency.ts'
import type { Raw } from '../core/raw.ts'
import { messageOfJson } from './push.ts'
import { messagePublished } from './raw.ts'

/** The event in the message that another event holds; see {@link unwrapperOf}. */
export type Unwrap = (event: CloudEvent, warn?: Warn) => CloudEvent

/** Events of Cloud Functions of the first generation, and of those before. */
const legacyTypes = new Set([
  'google.pubsub.topic.publish',
  'providers/cloud.pubsub/eventTypes/topic.publish',
])
const legacyMessage = 'type.googleapis.com/google.pubsub.v1.PubsubMessage'

/** What the binding makes of a message that holds no event. */
const none: CloudEvent = { specversion: '1.0', id: 'none', source: '/', type: 'none' }

/**
 * What takes events out of the messages that Eventarc and Cloud Functions wrapped in events of their own, one level
 * deep. Any other event, and one whose message is no CloudEvent, comes back as it is. `readerOf` gives what reads
 * the messages, with a mapping for raw ones. Throws `DecodeError` where the message is broken, or an invalid event.
 */
export function unwrapperOf(readerOf: (raw: Raw) => Pick<Binding, 'decode'>): Unwrap {
  const reader = readerOf(() => none)
  return (event, warn) => {
    const members = messageIn(event)
    if (members === undefined) return event
    const { message, origin } = messageOfJson(members, event.source)
    const inner = reader.decode(message, origin, warn)
    return inner === none ? event : inner
  }
}

function messageIn(event: CloudEvent): Readonly<Record<string, unknown>> | undefined {
  const isLegacy = legacyTypes.has(event.type)
  if (!isLegacy && event.type !== messagePublished) return undefined
  const { data } = event
  if (!isRecord(data)) return undefined
  if (isRecord(data.message)) return data.message
  return isLegacy && data['@type'] === legacyMessage ? data : undefined
}

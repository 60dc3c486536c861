import type { CloudEvent } from '../core/event.ts'
import { type Message, toBase64, toBytes } from '../core/message.ts'
import { escaped, positionOf, type Raw, rawEvent, rawSource, timeText } from '../core/raw.ts'
import type { PubsubBindingOptions } from './options.ts'

/** The `type` that Eventarc gives a message (google-cloudevents, `MessagePublishedData`). */
export const messagePublished = 'google.cloud.pubsub.topic.v1.messagePublished'

/** Clients of Google add it to what they receive: it differs at each delivery, and the event must not. */
const deliveryAttempt = 'googclient_deliveryattempt'

/**
 * The event of a message that is no CloudEvent, as Eventarc makes it: `id` is the message id, `time` when it was
 * published, `source` `//pubsub.googleapis.com/projects/P/topics/T`. The data are `{ message }` in JSON, its members and
 * attributes always in the same order, or the bare data of the message.
 */
export function pubsubRaw(options: PubsubBindingOptions): Raw {
  return (message, origin): CloudEvent => {
    const { topic, time } = origin
    const id = positionOf(origin)
    const publishTime = timeText(time)
    const source = sourceOf(topic, options)
    const attributes = { id, source, type: messagePublished, time: publishTime }
    if (options.rawData === 'bare') return rawEvent(attributes, message)
    const key = message.key ?? origin.lane
    const body = toBytes(JSON.stringify({ message: messageJson(message, id, publishTime, key) }))
    return rawEvent({ ...attributes, datacontenttype: 'application/json' }, { body, headers: {} })
  }
}

/** The resource `PubsubMessage` in JSON; what is empty is left out, as Google does. */
function messageJson(
  { body, headers }: Message,
  messageId: string,
  publishTime: string | undefined,
  orderingKey: string | undefined,
): object {
  const attributes = Object.entries(headers)
    .filter(([name]) => name !== deliveryAttempt)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    data: body === null ? undefined : toBase64(body),
    attributes: attributes.length === 0 ? undefined : Object.fromEntries(attributes),
    messageId,
    publishTime,
    orderingKey,
  }
}

function sourceOf(topic: string, options: PubsubBindingOptions): string {
  if (options.rawSource !== undefined) return rawSource('pubsub', topic, options)
  const isFull = topic.startsWith('projects/')
  const parents = isFull ? [] : options.project === undefined ? ['topics'] : projectParents(options.project)
  return `//pubsub.googleapis.com/${[...parents, ...topic.split('/')].map(segment).join('/')}`
}

function projectParents(project: string): readonly string[] {
  return ['projects', project, 'topics']
}

/** Names of projects may hold a colon, names of topics a plus sign: both stand in a path as they are (RFC 3986 §3.3). */
function segment(text: string): string {
  return escaped(text).replace(/%3A/g, ':').replace(/%2B/g, '+')
}

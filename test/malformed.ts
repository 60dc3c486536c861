import type { Broker } from '../adapters/core/broker.ts'
import { type CloudEvent, createEvent } from '../adapters/core/event.ts'
import { eventually } from './eventually.ts'

/** A record as some other program might write it, by the names of the headers in the wire's own spelling. */
export interface Foreign {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What no reader can take for an event, with the word by which its dead letter names the fault. */
export const malformed = (prefix: string): readonly (Foreign & { readonly reason: RegExp })[] => [
  {
    headers: { [`${prefix}specversion`]: '1.0', [`${prefix}source`]: '/s', [`${prefix}type`]: 't' },
    body: 'no id',
    reason: /"id"/,
  },
  {
    headers: {
      [`${prefix}specversion`]: '9.9',
      [`${prefix}id`]: '1',
      [`${prefix}source`]: '/s',
      [`${prefix}type`]: 't',
    },
    body: 'from the future',
    reason: /specversion/,
  },
  {
    headers: { 'content-type': 'application/cloudevents+json' },
    body: '{"specversion":"1.0","id":',
    reason: /JSON/,
  },
]

export interface MalformedParts {
  readonly topic: string
  readonly letters: string
  /** In front of the names of attributes. */
  readonly prefix: string
  /** Sends a record past this library. */
  send(record: Foreign): Promise<void>
  /** The reasons of the dead letters so far, as their headers have them: these are no events themselves. */
  reasons(): readonly string[]
}

/**
 * Has foreign records sent, then an event of ours, and reads the topic. Resolves with what the handler was called for once
 * it has had the event, and each malformed record is a dead letter that tells its fault.
 */
export async function readAmongMalformed(
  broker: Broker,
  { topic, letters, prefix, send, reasons }: MalformedParts,
): Promise<readonly CloudEvent[]> {
  const handled: CloudEvent[] = []
  broker.subscribe({ topic, group: 'g' }, (each) => void handled.push(each), {
    policy: { deadLetter: letters },
  })
  const all = malformed(prefix)
  for (const record of all) await send(record)
  await send({ headers: {}, body: '{"order":1}' })
  await broker.publish(topic, createEvent({ type: 'test.good', source: '/test', id: 'good' }))
  await eventually('the event that follows', () => handled.some(({ id }) => id === 'good'), 15_000)
  for (const { reason } of all)
    await eventually(
      `a dead letter that tells ${reason} among ${reasons().join('; ')}`,
      () => reasons().some((each) => reason.test(each)),
      15_000,
    )
  return handled
}

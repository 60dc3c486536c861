import { type CloudEvent, createEvent, type Handler, type NewEvent } from '../../adapters/index.ts'
import { binding } from '../../adapters/memory/binding.ts'

/** Calls a handler with an event as a broker would bring it; gives the events it returned, as the sink would. */
export async function call(handler: Handler, event: CloudEvent): Promise<CloudEvent[]> {
  const { signal } = new AbortController()
  const message = binding.encode(event)
  const delivery = { message, topic: 'test', attempt: 1, signal, native: undefined }
  const result = await handler(binding.decode(message), { attempt: 1, signal, delivery, onEnd: () => {} })
  const returned: CloudEvent[] = []
  if (isStream(result)) for await (const each of result) returned.push(each)
  else if (isEvent(result)) returned.push(result)
  return returned.map((each) => binding.decode(binding.encode(each)))
}

/** A row as `upload` gives it. */
export function row(data: unknown, more: Partial<NewEvent> = {}): CloudEvent {
  return createEvent({
    type: 'dev.waybill.row',
    source: '/functions/upload',
    id: 'f-17',
    time: '2026-01-31T12:00:00Z',
    subject: 'airports.csv',
    partitionkey: 'airports.csv',
    row: 17,
    sequence: '0000000017',
    data,
    ...more,
  })
}

function isStream(value: unknown): value is AsyncIterable<CloudEvent> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function isEvent(value: unknown): value is CloudEvent {
  return typeof value === 'object' && value !== null && 'specversion' in value
}

import type { CloudEvent } from '../../adapters/core/event.ts'
import type { Handler } from '../../adapters/core/handler.ts'
import { event } from '../core/events.ts'

/** Events whose ids count from `from`; with `key` they share a lane. */
export function numbered(count: number, key?: string, from = 0): CloudEvent[] {
  const lane = key === undefined ? {} : { partitionkey: key }
  return Array.from({ length: count }, (_, index) => event({ id: String(from + index), ...lane }))
}

/** A handler that does no more than remember what it saw. */
export function collect(): { readonly ids: string[]; readonly handler: Handler } {
  const ids: string[] = []
  return { ids, handler: ({ id }) => void ids.push(id) }
}

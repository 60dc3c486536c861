import { isRecord } from '../../adapters/core/is-record.ts'
import type { CloudEvent, Context } from '../../adapters/index.ts'

/** Attribute of an event that was passed on, and was made of one that the server brought again. */
const mark = 'broughtagain'

/** Which attempt it is: the reader's count, or the server's where a subscription of Pub/Sub counts and that is higher. */
export function attemptOf(
  event: CloudEvent,
  { attempt, delivery }: Pick<Context, 'attempt' | 'delivery'>,
): number {
  return Math.max(attempt, deliveriesOf(delivery.native), event[mark] === undefined ? 1 : 2)
}

/** The event, with a mark where the server brought it again. */
export function marked(event: CloudEvent, { delivery }: Pick<Context, 'delivery'>): CloudEvent {
  return deliveriesOf(delivery.native) > 1 ? { ...event, [mark]: 'yes' } : event
}

function deliveriesOf(native: unknown): number {
  const counted = isRecord(native) ? native.deliveryAttempt : undefined
  return typeof counted === 'number' ? counted : 1
}

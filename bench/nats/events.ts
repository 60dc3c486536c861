import type { CloudEvent } from '../../adapters/index.ts'
import { sampleEvents } from '../events.ts'

/** Events that were never sent before, which a stream would know: `count` from number `from` on. */
export function freshEvents(bytes: number): (from: number, count: number) => CloudEvent[] {
  const data = sampleEvents(1_000, bytes).map((event) => event.data)
  const fresh = (index: number): CloudEvent => ({
    specversion: '1.0',
    id: `order-${index}`,
    source: '/orders/eu',
    type: 'com.example.order.created',
    subject: `customer-${index % 1_000}`,
    time: '2026-01-31T12:00:00.123456Z',
    datacontenttype: 'application/json',
    region: 'eu-central-1',
    tenant: 'acme',
    data: data[index % 1_000],
  })
  return (from, count) => Array.from({ length: count }, (_, index) => fresh(from + index))
}

/** The number in the id of an event. */
export function numberOf(id: string | undefined): number {
  return Number(id?.slice('order-'.length))
}

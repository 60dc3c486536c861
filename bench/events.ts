import type { CloudEvent } from '../adapters/index.ts'

/** An event with nine attributes, two of them extensions, and JSON data of `bytes` bytes. */
export function sampleEvent(index: number, bytes: number): CloudEvent<{ readonly text: string }> {
  const frame = JSON.stringify({ order: index % 1000, text: '' }).length
  const data = { order: index % 1000, text: 'x'.repeat(Math.max(0, bytes - frame)) }
  return {
    specversion: '1.0',
    id: `order-${index}`,
    source: '/orders/eu',
    type: 'com.example.order.created',
    subject: `customer-${index % 1000}`,
    time: '2026-01-31T12:00:00.123456Z',
    datacontenttype: 'application/json',
    region: 'eu-central-1',
    tenant: 'acme',
    data,
  }
}

export function sampleEvents(count: number, bytes: number): CloudEvent<{ readonly text: string }>[] {
  return Array.from({ length: count }, (_, index) => sampleEvent(index, bytes))
}

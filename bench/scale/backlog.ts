import type { Broker, CloudEvent } from '../../adapters/index.ts'
import type { Layout } from './layout.ts'
import type { Size } from './size.ts'

/** What writing and reading a backlog need. */
export interface Backlog {
  readonly broker: Broker
  readonly layout: Layout
  readonly name: string
  readonly size: Size
  /** Hears how many events are done. */
  readonly sample: (done: number) => void
}

const text = 'x'.repeat(180)

/** The event of a number, with about 200 bytes of data. */
export function backlogEvent(number: number, { keys }: Size): CloudEvent {
  return {
    specversion: '1.0',
    id: String(number),
    source: '/scale',
    type: 'com.example.scaled',
    partitionkey: `key-${number % keys}`,
    datacontenttype: 'application/json',
    data: { number, text },
  }
}

/** How large a backlog is. */
export interface Size {
  readonly events: number
  readonly keys: number
  /** Partitions of a topic (Kafka), subjects of a stream (JetStream). */
  readonly lanes: number
}

/** A size, and the one that it is compared with, in which one thing or everything is a tenth. */
export interface Comparison {
  readonly what: string
  readonly size: Size
  readonly reference: Size
}

/** What grows tenfold: up to so many events, a key for every ten of them, and a thousand lanes. */
export function comparisons(lanes: string, events: number): readonly Comparison[] {
  const tenth = Math.ceil(events / 10)
  const reference = { events: tenth, keys: Math.ceil(tenth / 10), lanes: 100 }
  const { keys } = reference
  const grown = (change: Partial<Size>) => ({ ...reference, ...change })
  return [
    { what: 'events', size: grown({ events }), reference },
    { what: 'keys', size: grown({ keys: 10 * keys }), reference },
    { what: lanes, size: grown({ lanes: 10 * reference.lanes }), reference },
    { what: 'all', size: { events, keys: 10 * keys, lanes: 10 * reference.lanes }, reference },
  ]
}

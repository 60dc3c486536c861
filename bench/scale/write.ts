import type { CloudEvent } from '../../adapters/index.ts'
import { type Backlog, backlogEvent } from './backlog.ts'

/** Events that are on their way together. */
const atOnce = 8_000
const largestCall = 500

/** Publishes a backlog, and each key to one topic. Resolves with the time that it took, in seconds. */
export async function writeBacklog({ broker, layout, name, size, sample }: Backlog): Promise<number> {
  await broker.ensure({ topics: [layout.source(name)] })
  const started = performance.now()
  for (let from = 0; from < size.events; from += atOnce) {
    const to = Math.min(size.events, from + atOnce)
    const topics = new Map<string, CloudEvent[]>()
    for (let number = from; number < to; number++) {
      const topic = layout.topic(name, (number % size.keys) % size.lanes)
      const events = topics.get(topic) ?? []
      if (events.length === 0) topics.set(topic, events)
      events.push(backlogEvent(number, size))
    }
    await Promise.all(
      [...topics].flatMap(([topic, events]) =>
        parts(events, largestCall).map((part) => broker.publish(topic, part)),
      ),
    )
    sample(to)
  }
  return (performance.now() - started) / 1_000
}

function parts<T>(all: readonly T[], most: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, part) =>
    all.slice(part * most, (part + 1) * most),
  )
}

import type { Driver, Source } from '../../adapters/core/driver.ts'
import { memoryDriver } from '../../adapters/memory/index.ts'
import { delegate } from '../conformance/interpose.ts'

/** Promises as little as NATS core: what nobody reads at the moment is gone, in no order, and nothing comes twice. */
export function atMostOnceDriver(): Driver {
  const memory = memoryDriver()
  const readers = new Map<string, { count: number; group: string }>()
  const {
    ensure: _,
    seek: __,
    ...driver
  } = delegate(memory, {
    capabilities: {
      ...memory.capabilities,
      delivery: 'at-most-once',
      ordering: 'none',
      redelivery: 'runner',
      attempts: false,
      delay: false,
      replay: [],
    },
    async receive(source, deliver, signal, options) {
      const reader = join(source)
      const handOver: typeof deliver = async (batch) => {
        await deliver(batch.map(({ lane: _, position: __, ...delivery }) => ({ ...delivery, attempt: 1 })))
        return batch.map(() => ({ kind: 'ack' }))
      }
      const inner: Source = { topic: source.topic, group: reader.group, start: 'latest' }
      await memory.receive(inner, handOver, signal, options)
      if (--reader.count === 0) readers.delete(keyOf(source))
    },
  })

  /** A group is gone with its last reader, and with it what nobody read. */
  function join(source: Source) {
    const reader = readers.get(keyOf(source)) ?? { count: 0, group: crypto.randomUUID() }
    reader.count++
    readers.set(keyOf(source), reader)
    return reader
  }

  return driver
}

function keyOf({ topic, group }: Source): string {
  return JSON.stringify([topic, group])
}

import { type Binding, type CloudEvent, createEvent, encodeJson, type Mode } from '../adapters/core/index.ts'
import { memory } from '../adapters/memory/index.ts'

/** What a realm without Node.js made of some events, as JSON text, which passes between realms. */
export interface Report {
  /** Names of Node.js that the realm has nevertheless. */
  readonly node: readonly string[]
  readonly passages: readonly Passage[]
}

/** An event before and after one way through a binding or a broker. */
export interface Passage {
  readonly by: string
  readonly mode: Mode
  readonly sent: unknown
  readonly received: unknown
}

const modes: readonly Mode[] = ['auto', 'structured']
const topic = 'orders'

/** Encodes and decodes events by each binding, and sends them through the memory broker. */
export async function neutralTrial(bindings: readonly Binding[]): Promise<Report> {
  const attributes = {
    source: '/neutral',
    subject: 'Euro € 😀 100%',
    time: '2026-01-31T12:00:00.123456789+02:00',
    partitionkey: 'k',
    sampledrate: 5,
    deprecated: true,
    dssematerial: new TextEncoder().encode('signed'),
  }
  const events = [
    createEvent({ ...attributes, type: 'json', data: { text: '€', list: [1, null] } }),
    createEvent({ ...attributes, type: 'text', datacontenttype: 'text/plain', data: 'Euro €' }),
    createEvent({ ...attributes, type: 'bytes', data: new Uint8Array([0, 127, 128, 255]) }),
  ]
  const passages: Passage[] = []
  for (const event of events) {
    for (const mode of modes) {
      for (const binding of bindings) {
        const received = binding.decode(binding.encode(event, { mode }))
        passages.push({ by: binding.name, mode, sent: shown(event), received: shown(received) })
      }
      passages.push({
        by: 'broker',
        mode,
        sent: shown(event),
        received: shown(await sentThrough(event, mode)),
      })
    }
  }
  const node = ['Buffer', 'process', 'require', 'global', 'setImmediate'].filter((name) => name in globalThis)
  return { node, passages }
}

/** What a handler got on its second attempt, so that timers have had their part. */
async function sentThrough(event: CloudEvent, mode: Mode): Promise<CloudEvent> {
  const broker = memory()
  const policy = { backoff: { initialMs: 1 } }
  const received = new Promise<CloudEvent>((resolve) => {
    broker.subscribe(
      { topic, group: 'g' },
      (seen, { attempt }) => {
        if (attempt === 1) throw new Error('once more')
        resolve(seen)
      },
      { policy },
    )
  })
  await broker.publish(topic, event, { mode })
  const seen = await received
  await broker.close()
  return seen
}

function shown(event: CloudEvent): unknown {
  return JSON.parse(new TextDecoder().decode(encodeJson(event)))
}

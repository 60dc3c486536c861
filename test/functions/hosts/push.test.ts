import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { attributesOf } from '../../../adapters/core/data.ts'
import { type CloudEvent, createEvent } from '../../../adapters/core/event.ts'
import type { Context } from '../../../adapters/core/handler.ts'
import { pubsub } from '../../../adapters/pubsub/index.ts'
import { type LocalServer, startServer } from '../../../dev/index.ts'
import { serve } from '../../../functions/hosts/http.ts'
import { describeWith } from '../../dev/available.ts'
import { eventually } from '../../eventually.ts'

const project = 'local'

let running: LocalServer | undefined
beforeAll(async () => {
  running = await startServer('pubsub')
}, 90_000)
afterAll(() => running?.stop())

/** Makes a resource by the emulator's REST interface. */
async function put(path: string, resource: object): Promise<void> {
  const response = await fetch(`http://${running?.address}/v1/projects/${project}/${path}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(resource),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
}

const texts = [
  createEvent({ type: 'order', source: '/shop', id: 'json', subject: 'Zürich', data: { n: 1, text: 'ü' } }),
  createEvent({ type: 'order', source: '/shop', id: 'keyed', partitionkey: 'k', data: [1, 2] }),
  createEvent({ type: 'order', source: '/shop', id: 'bare', tenant: 'acme' }),
]
const bytes = createEvent({
  type: 'order',
  source: '/shop',
  id: 'bytes',
  datacontenttype: 'application/octet-stream',
  data: new Uint8Array([0, 255, 1]),
})

const plain = (event: CloudEvent) => ({ ...attributesOf(event), data: event.data })

await describeWith('pubsub', 'a push of the emulator of Pub/Sub', () => {
  it.each([
    ['wrapped', {}, [...texts, bytes]],
    // The emulator writes an unwrapped body as text, in which bytes that are no UTF-8 are lost.
    ['unwrapped with metadata', { noWrapper: { writeMetadata: true } }, texts],
  ] as const)(
    'that is %s reaches the handler with every event as it was, and again where it failed',
    async (name, config, events) => {
      const topic = `orders-${name.split(' ')[0]}`
      const seen: { readonly event: CloudEvent; readonly context: Context }[] = []
      let failures = 0
      await using server = await serve({
        name: 'billing',
        topic,
        handler: (event, context) => {
          if (event.id === 'json' && failures++ === 0) throw new Error('not yet')
          seen.push({ event, context })
        },
        port: 0,
        hostname: '127.0.0.1',
      })
      await put(`topics/${topic}`, {})
      await put(`subscriptions/${topic}-push`, {
        topic: `projects/${project}/topics/${topic}`,
        pushConfig: { pushEndpoint: server.url, ...config },
      })
      await using broker = await pubsub({ project, endpoint: running?.address ?? '' })
      await broker.publish(topic, events)
      const ids = () => new Set(seen.map(({ event }) => event.id))
      await eventually('every event', () => ids().size === events.length, 20_000)
      for (const event of events) {
        const [first] = seen.filter(({ event: { id } }) => id === event.id)
        expect(first && plain(first.event)).toEqual(plain(event))
        expect(first?.context.delivery).toMatchObject({ topic, position: expect.stringMatching(/^\d+$/) })
      }
      expect(failures).toBeGreaterThan(1)
    },
    30_000,
  )
})

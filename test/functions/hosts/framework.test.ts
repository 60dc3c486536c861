import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createEvent } from '../../../adapters/core/event.ts'
import { encodeJson, encodeJsonBatch } from '../../../adapters/core/json.ts'
import { bundleIn, freePort, plainEnvironment, startBundle } from '../../cli/build/project.ts'
import { waybill } from '../../cli/command-line.ts'
import { folder } from '../../cli/folder.ts'
import { eventually } from '../../eventually.ts'
import { unwrappedPush, wrappedPush } from '../../platform/index.ts'

const framework = new URL('main.js', import.meta.resolve('@google-cloud/functions-framework'))
const made = folder({
  'package.json': '{ "type": "module" }',
  'handler.ts': `
    import { TerminalError } from 'waybill'
    export const handler = async (event, { attempt }) => {
      console.log('handling ' + event.id)
      if (event.subject === 'fails') throw new Error('not yet')
      if (event.subject === 'terminal') throw new TerminalError('never')
      if (event.subject === 'slow') await new Promise((resolve) => setTimeout(resolve, 1_000))
      console.log('handled ' + JSON.stringify([event.id, event.type, event.data, attempt]))
    }`,
  'waybill.config.ts': `export default {
    brokers: { main: 'pubsub://test' },
    functions: { billing: { handler: './handler.ts', source: { topic: 'orders' } } },
  }`,
})
const file = bundleIn(join(made.path, 'out'), 'http', 'billing')

/** A server in a process of its own, once it answers. */
async function started(start: (port: string) => ReturnType<typeof startBundle>) {
  const port = await freePort()
  const running = start(port)
  const url = `http://127.0.0.1:${port}`
  let isUp = false
  const ask = () =>
    fetch(url).then(
      ({ status }) => {
        isUp = status === 200
        if (!isUp) setTimeout(ask, 20)
      },
      () => setTimeout(ask, 20),
    )
  void ask()
  await eventually(`an answer of the server: ${running.said()}`, () => isUp, 20_000)
  const handled = () => [...running.said().matchAll(/^handled (.*)$/gm)].map(([, text]) => text)
  return { ...running, url, handled }
}

function byItself(port: string) {
  return startBundle(file, { PORT: port })
}

function underFramework(port: string): ReturnType<typeof startBundle> {
  const words = [
    '--signature-type=http',
    '--target=handler',
    `--source=${join(file, '..')}`,
    `--port=${port}`,
  ]
  const child = spawn(process.execPath, [framework.pathname, ...words], { env: plainEnvironment() })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { child, ended, said: () => said }
}

function order(id: string, subject?: string) {
  return createEvent({ type: 'order', source: '/shop', id, subject, data: { id, text: 'Zürich' } })
}

function posted(headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) {
  return (url: string) => new Request(url, { method: 'POST', headers, body })
}

const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' }
const eventarc = {
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': 'outer',
  'ce-source': '//pubsub.googleapis.com/projects/p/topics/orders',
  'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
}
const requests: readonly [string, (url: string) => Request | Promise<Request>][] = [
  ['a wrapped push', (url) => wrappedPush(order('1'), { url, deliveryAttempt: 3 })],
  ['a wrapped push that fails', (url) => wrappedPush(order('2', 'fails'), { url })],
  ['an unwrapped push', (url) => unwrappedPush(order('3'), { url, orderingKey: 'k' })],
  ['an event of Eventarc', async (url) => posted(eventarc, await wrappedPush(order('4')).text())(url)],
  ['one CloudEvent', posted(structured, new Uint8Array(encodeJson(order('5'))))],
  ['one that can never be handled', posted(structured, new Uint8Array(encodeJson(order('6', 'terminal'))))],
  [
    'a batch',
    posted(
      { 'content-type': 'application/cloudevents-batch+json' },
      new Uint8Array(encodeJsonBatch([order('7'), order('8')])),
    ),
  ],
  ['no event at all', posted({ 'content-type': 'text/plain' }, 'hello')],
]

beforeAll(async () => {
  const { code, stderr } = await waybill(
    ...['build', '--config', join(made.path, 'waybill.config.ts')],
    ...['--out', join(made.path, 'out'), '--host', 'http'],
  )
  if (code !== 0) throw new Error(stderr)
}, 60_000)
afterAll(() => made.remove())

describe('the bundle of an HTTP function', () => {
  it('answers and handles the same under Functions Framework as by itself', async () => {
    const servers = await Promise.all([started(byItself), started(underFramework)])
    const told = await Promise.all(
      servers.map(async ({ url, child, ended, handled }) => {
        const answers: string[] = []
        for (const [name, request] of requests) {
          const response = await fetch(await request(url))
          answers.push(`${name}: ${response.status} ${await response.text()}`.trim())
        }
        child.kill()
        await ended
        return { answers, handled: handled() }
      }),
    )
    expect(told[1]).toEqual(told[0])
    expect(told[0]?.answers.map((answer) => /: (\d+)/.exec(answer)?.[1])).toEqual([
      ...['204', '500', '204', '204', '204', '400', '204', '400'],
    ])
    expect(told[0]?.handled.map((text) => JSON.parse(text ?? ''))).toEqual(
      ['1', '3', '4', '5', '7', '8'].map((id) => [id, 'order', { id, text: 'Zürich' }, id === '1' ? 3 : 1]),
    )
  }, 60_000)

  it('finishes every request under way on SIGTERM, and ends with 0', async () => {
    const { url, child, ended, said, handled } = await started(byItself)
    const ids = Array.from({ length: 20 }, (_, i) => `s${i}`)
    const answers = Promise.all(
      ids.map((id) =>
        fetch(url, {
          method: 'POST',
          headers: structured,
          body: new Uint8Array(encodeJson(order(id, 'slow'))),
        }),
      ),
    )
    await eventually('all requests', () => said().match(/^handling /gm)?.length === ids.length, 10_000)
    child.kill('SIGTERM')
    expect((await answers).map(({ status }) => status)).toEqual(ids.map(() => 204))
    expect(await ended).toBe(0)
    expect(handled()).toHaveLength(ids.length)
    await expect(fetch(url)).rejects.toThrow()
  }, 60_000)
})

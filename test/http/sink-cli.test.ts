import { afterAll, describe, expect, it } from '@jest/globals'
import { waybill } from '../cli/command-line.ts'
import { folder } from '../cli/folder.ts'
import { receiver } from './receiver.ts'

const made = folder({
  'sink/waybill.config.yaml': `
brokers: { main: 'memory://', hook: { url: 'https://example.com/in/{topic}?tenant=canary', timeoutMs: 5000 } }
functions:
  f: { handler: ./f.mjs, source: { broker: main, topic: t }, sink: { broker: hook, topic: out } }
`,
  'sink/f.mjs': 'export const handler = (event) => event',
  'source/waybill.config.yaml': `
brokers: { hook: 'https://example.com/in' }
functions:
  f: { handler: ./f.mjs, source: { topic: t } }
`,
  'lines.jsonl': '{"specversion":"1.0","id":"1","source":"/s","type":"t"}\n',
  'source/f.mjs': 'export const handler = () => {}',
  'secret/waybill.config.yaml': `
brokers: { hook: { url: 'https://example.com/in', tokenEnv: WAYBILL_TEST_ABSENT } }
functions: {}
`,
})
afterAll(() => made.remove())

describe('a configuration whose sink is a webhook', () => {
  it('is checked without a request, and shows no value of the query', async () => {
    const { code, stdout, stderr } = await waybill(
      'check',
      '--config',
      `${made.path}/sink/waybill.config.yaml`,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('hook  https://example.com/in/{topic}?tenant=…\n')
    expect(stdout).toContain('sink         out on hook')
    expect(stdout).not.toContain('canary')
  })

  it('is refused where it is read from', async () => {
    const { code, stdout, stderr } = await waybill(
      'check',
      '--config',
      `${made.path}/source/waybill.config.yaml`,
    )
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(
      /^\[waybill\] functions\.f\.source\.broker: .* only emits: read from another broker\n$/,
    )
  })

  it('is refused where its secret is missing', async () => {
    const { code, stderr } = await waybill('check', '--config', `${made.path}/secret/waybill.config.yaml`)
    expect(code).toBe(2)
    expect(stderr).toContain('the bearer token is missing: set the environment variable WAYBILL_TEST_ABSENT')
    expect(stderr).toContain('brokers.hook')
  })

  it('receives what is emitted, and says what it refused', async () => {
    await using server = await receiver()
    const words = [
      '--broker',
      `${server.url}/in/{topic}?a=b`,
      '--type',
      'placed',
      '--id',
      '1',
      '--data',
      '{"a":1}',
    ]
    expect(await waybill('emit', 'orders', ...words)).toMatchObject({ code: 0, stderr: '' })
    expect(server.requests).toMatchObject([{ method: 'POST', path: '/in/orders?a=b', body: '{"a":1}' }])
    server.behave = () => (response) => response.writeHead(415).end()
    const { code, stderr } = await waybill('emit', 'orders', ...words)
    expect(code).toBe(1)
    expect(stderr).toContain('was answered 415: the receiver does not understand the format')
  })

  it.each([401, 403])(
    'ends with 2 where the credentials are answered %d, for an event and for a file',
    async (status) => {
      await using server = await receiver()
      server.behave = () => (response) => response.writeHead(status).end()
      const file = `${made.path}/lines.jsonl`
      for (const words of [
        ['--type', 'placed'],
        ['--file', file],
      ]) {
        const { code, stderr } = await waybill('emit', 'orders', '--broker', server.url, ...words)
        expect([code, stderr]).toEqual([
          2,
          expect.stringContaining(`was answered ${status}: check the credentials`),
        ])
      }
    },
  )
})

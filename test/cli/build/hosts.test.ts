import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import * as layouts from '../../../adapters/core/layouts.ts'
import { createEvent } from '../../../adapters/index.ts'
import { kinesisEvent } from '../../platform/index.ts'
import { waybill } from '../command-line.ts'
import { folder } from '../folder.ts'
import { bundleIn, freePort, invokeBundle, startBundle } from './project.ts'

const source = { broker: 'stream', topic: 'numbers' }
const made = folder({
  'package.json': '{ "type": "module" }',
  'note.ts': `export const handler = (event) => {
    console.log('handled ' + event.id)
    if (event.subject === 'fails') throw new Error('not yet')
  }`,
  'waybill.config.ts': `export default {
    brokers: { stream: 'kinesis://eu-central-1', web: 'https://web.example', main: 'memory://' },
    functions: {
      plain: { handler: './note.ts', source: ${JSON.stringify(source)} },
      keyed: { handler: './note.ts', source: ${JSON.stringify(source)}, hosts: { 'lambda-kinesis': { order: 'key' } } },
      whole: {
        handler: './note.ts',
        source: ${JSON.stringify(source)},
        hosts: { 'lambda-kinesis': { partialResponses: false } },
      },
      once: {
        handler: './note.ts',
        source: ${JSON.stringify(source)},
        idempotency: process.env.STORE === 'none' ? undefined : { store: process.env.STORE ?? 'memory' },
      },
      tabled: { handler: './note.ts', source: ${JSON.stringify(source)}, idempotency: { store: { table: 'handled' } } },
      pushed: {
        handler: './note.ts',
        source: { broker: 'web', topic: 'numbers' },
        hosts: {
          http: {
            authentication: { audience: 'https://pushed.example', serviceAccount: 'push@project.example' },
            handshake: { allowedOrigins: ['sender.example'] },
            drainMs: 100,
          },
        },
      },
    },
  }`,
})
const out = join(made.path, 'out')
const build = (...words: readonly string[]) =>
  waybill('build', '--config', join(made.path, 'waybill.config.ts'), '--out', out, ...words)
const bundleOf = (name: string) => bundleIn(out, 'lambda-kinesis', name)

const number = (id: string, subject = 'quiet') =>
  createEvent({ type: 'number', source: '/test', id, subject, data: 21, partitionkey: id })

beforeAll(async () => {
  const lambda = await build('--host', 'lambda-kinesis', ...['plain', 'keyed', 'whole', 'once', 'tabled'])
  const http = await build('--host', 'http', 'pushed')
  expect([lambda.code, lambda.stderr, http.code, http.stderr]).toEqual([0, '', 0, ''])
}, 60_000)
afterAll(() => made.remove())

test('a folder that cannot be made is named', async () => {
  const place = join(made.path, 'note.ts', 'x')
  const { code, stderr } = await waybill(
    ...['build', 'plain', '--host', 'lambda-kinesis', '--out', place],
    ...['--config', join(made.path, 'waybill.config.ts')],
  )
  expect([code, stderr]).toEqual([
    2,
    `[waybill] the folder ${join(place, 'lambda-kinesis')} cannot be made (ENOTDIR): name another with --out\n`,
  ])
})

describe('a bundle for Lambda', () => {
  const event = kinesisEvent([number('1'), number('2', 'fails'), number('3')])
  const failed = [{ batchItemFailures: [{ itemIdentifier: event.Records[1]?.kinesis.sequenceNumber }] }]

  test('keeps the order that the configuration says', async () => {
    const [plain, keyed] = await Promise.all([
      invokeBundle(bundleOf('plain'), [event]),
      invokeBundle(bundleOf('keyed'), [event]),
    ])
    expect([plain.replies, plain.stdout]).toEqual([failed, 'handled 1\nhandled 2\n'])
    expect([keyed.replies, keyed.stdout]).toEqual([failed, 'handled 1\nhandled 2\nhandled 3\n'])
  })

  test('throws where the configuration says that the mapping takes no partial response, unless the environment does not', async () => {
    await expect(invokeBundle(bundleOf('whole'), [event])).rejects.toThrow('the whole batch comes again')
    const told = await invokeBundle(bundleOf('whole'), [event], { WAYBILL_PARTIAL_RESPONSES: 'true' })
    expect(told.replies).toEqual(failed)
  })

  test('handles each event once where the configuration says so', async () => {
    const one = kinesisEvent([number('1')])
    const done = { batchItemFailures: [] }
    const [plain, once] = await Promise.all([
      invokeBundle(bundleOf('plain'), [one, one]),
      invokeBundle(bundleOf('once'), [one, one]),
    ])
    expect([plain.replies, plain.stdout]).toEqual([[done, done], 'handled 1\nhandled 1\n'])
    expect([once.replies, once.stdout]).toEqual([[done, done], 'handled 1\n'])
  })

  test('says so where its environment names another store than that of the build', async () => {
    await expect(invokeBundle(bundleOf('once'), [event], { STORE: 'none' })).rejects.toThrow(
      'functions.once.idempotency is another than when the bundle was built (its store now: none): build it again',
    )
  })

  test('holds the client of its store and no other, and stays below 100 000 bytes without one', () => {
    const textOf = (name: string) => readFileSync(bundleOf(name), 'utf8')
    expect(textOf('once').length).toBeLessThan(100_000)
    expect(textOf('once')).not.toMatch(/DynamoDB/)
    expect(textOf('plain')).not.toMatch(/leaseMs/)
    expect(textOf('tabled')).toMatch(/ConditionalCheckFailedException/)
  })

  test('has its notes in the manifest', () => {
    const manifest = JSON.parse(readFileSync(join(out, 'lambda-kinesis', 'manifest.json'), 'utf8'))
    expect(manifest.functions).toMatchObject([
      { name: 'plain', notes: null },
      {},
      {},
      { name: 'once', notes: 'memory' },
      { name: 'tabled', notes: { table: 'handled' } },
    ])
  })
})

test('a bundle for a container stays below 100 000 bytes, with the check of tokens in it', () => {
  const text = readFileSync(bundleIn(out, 'http', 'pushed'))
  expect(text.length).toBeLessThan(100_000)
  expect(text.toString()).toMatch(/ERR_JWKS_NO_MATCHING_KEY/)
})

test('what a bundle for a container has in place of learned layouts can all that these can', () => {
  expect(Object.keys(layouts)).toEqual(['Layouts'])
  expect(Object.getOwnPropertyNames(layouts.Layouts.prototype)).toEqual(['constructor', 'read', 'learn'])
})

test('a bundle for a container lets in whom the configuration says', async () => {
  const port = await freePort()
  const { child, ended, said } = startBundle(bundleIn(out, 'http', 'pushed'), {
    PORT: port,
    K_SERVICE: 'pushed',
  })
  const url = `http://127.0.0.1:${port}/`
  const ask = () =>
    fetch(url, { method: 'OPTIONS', headers: { 'WebHook-Request-Origin': 'sender.example' } }).catch(
      () => undefined,
    )
  let answer = await ask()
  for (const end = Date.now() + 10_000; answer === undefined && Date.now() < end; ) answer = await ask()
  expect([said(), answer?.headers.get('webhook-allowed-origin')]).toEqual(['', 'sender.example'])
  expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { createEvent } from '../../../adapters/index.ts'
import { eventually } from '../../eventually.ts'
import { kafkaRecords, kinesisEvent } from '../../platform/index.ts'
import { waybill } from '../command-line.ts'
import { folder } from '../folder.ts'
import {
  bundleIn,
  callBundle,
  doubling,
  freePort,
  invokeBundle,
  noting,
  receiver,
  startBundle,
} from './project.ts'

const at = (broker: string) => ({ broker, topic: 'numbers' })
const handler = './functions/double.ts'
const made = folder({
  'package.json': '{ "type": "module" }',
  'functions/double.ts': doubling,
  'functions/note.ts': noting,
  'waybill.config.ts': `export default {
    brokers: {
      stream: 'kinesis://eu-central-1',
      cluster: 'kafka://localhost:9092?tombstones=true',
      hook: { url: 'https://hooks.example/events', mode: 'binary' },
      web: 'https://web.example',
      main: 'memory://',
    },
    functions: {
      silent: { handler: '${handler}', source: ${JSON.stringify(at('stream'))} },
      dropping: { handler: '${handler}', source: ${JSON.stringify(at('stream'))}, policy: { deadLetter: false } },
      hooked: { handler: '${handler}', source: ${JSON.stringify(at('stream'))}, sink: { broker: 'hook', topic: 'doubled' } },
      forwarded: { handler: '${handler}', source: ${JSON.stringify(at('stream'))}, sink: { broker: 'cluster', topic: 'doubled' } },
      noting: {
        handler: './functions/note.ts',
        options: { word: process.env.WORD ?? 'none' },
        source: ${JSON.stringify(at('cluster'))},
      },
      pushed: { handler: '${handler}', source: ${JSON.stringify(at('web'))}, sink: { broker: 'hook', topic: 'doubled' } },
      reading: { handler: '${handler}', source: ${JSON.stringify(at('main'))}, policy: { maxAttempts: Infinity } },
    },
  }`,
})
const out = join(made.path, 'out')

function build(...words: readonly string[]) {
  return waybill('build', '--config', join(made.path, 'waybill.config.ts'), '--out', out, ...words)
}

/** What a bundle was made of, by its source map. */
function packagesIn(host: string, name: string): readonly string[] {
  const map = z
    .object({ sources: z.array(z.string()) })
    .parse(JSON.parse(readFileSync(`${bundleIn(out, host, name)}.map`, 'utf8')))
  const names = map.sources.flatMap(
    (source) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? [],
  )
  return [...new Set(names)]
}

function textOf(host: string, name: string): string {
  return readFileSync(bundleIn(out, host, name), 'utf8')
}

const number = (subject: string, id = 'A-1') =>
  createEvent({ type: 'number', source: '/test', id, subject, data: 21 })

beforeAll(async () => {
  const kinesis = await build('--host', 'lambda-kinesis', 'silent', 'dropping', 'hooked', 'forwarded')
  const kafka = await build('--host', 'lambda-kafka', 'noting')
  const http = await build('--host', 'http', 'pushed')
  const worker = await build('--host', 'worker', 'reading')
  const results = [kinesis, kafka, http, worker]
  expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(results.map(() => [0, '']))
  expect(kinesis.stdout).toMatch(/^✓ .*silent\/index\.mjs +[\d,]+ bytes, [\d,]+ gzip\n/)
}, 60_000)
afterAll(() => made.remove())

describe('a bundle for Lambda', () => {
  test('that only consumes has less than 100 000 bytes, no package and no require', () => {
    const text = textOf('lambda-kinesis', 'silent')
    expect(text.length).toBeLessThan(100_000)
    expect(packagesIn('lambda-kinesis', 'silent')).toEqual([])
    expect(text).not.toMatch(/createRequire|\brequire\(/)
    expect(text).toMatch(/sourceMappingURL=index\.mjs\.map/)
  })

  test('holds the client of its sink and no other', () => {
    expect(packagesIn('lambda-kinesis', 'hooked')).toEqual([])
    expect(packagesIn('lambda-kinesis', 'forwarded')).toEqual(['kafkajs'])
    expect(textOf('lambda-kinesis', 'forwarded')).toMatch(/^import\{createRequire as /)
  })

  test('answers as the host does, by the policy of the configuration', async () => {
    const events = ['silent', 'fails', 'terminal'].map((subject) => kinesisEvent([number(subject)]))
    const failed = [{ itemIdentifier: events[1]?.Records[0]?.kinesis.sequenceNumber }]
    const terminal = [{ itemIdentifier: events[2]?.Records[0]?.kinesis.sequenceNumber }]
    const [silent, dropping] = await Promise.all([
      invokeBundle(bundleIn(out, 'lambda-kinesis', 'silent'), events),
      invokeBundle(bundleIn(out, 'lambda-kinesis', 'dropping'), events),
    ])
    expect(silent.replies).toEqual([[], failed, terminal].map((batchItemFailures) => ({ batchItemFailures })))
    expect(dropping.replies).toEqual([[], failed, []].map((batchItemFailures) => ({ batchItemFailures })))
    const [line = ''] = dropping.stderr.split('\n')
    expect(JSON.parse(line)).toMatchObject({
      level: 'warn',
      severity: 'WARNING',
      function: 'dropping',
      reason: 'not yet',
    })
  })

  test('publishes to the URL that the environment names', async () => {
    const hook = await receiver()
    const events = [kinesisEvent([number('a', 'A-1'), number('b', 'A-2')])]
    const { replies } = await invokeBundle(bundleIn(out, 'lambda-kinesis', 'hooked'), events, {
      WAYBILL_BROKER_HOOK: hook.url,
    })
    await hook.close()
    expect(replies).toEqual([{ batchItemFailures: [] }])
    expect(hook.posted).toEqual([
      { id: 'A-1/2', body: '42' },
      { id: 'A-2/2', body: '42' },
    ])
  })

  test('reads its options where it runs, and its source as the broker of the configuration does', async () => {
    const [first, ...rest] = kafkaRecords([number('a', 'A-1'), number('b', 'A-2')], { topic: 'numbers' })
    expect(rest).toHaveLength(1)
    const tombstone = { ...first, value: null } as const
    const records = [first, tombstone].flatMap((record) =>
      record?.topic === undefined ? [] : [{ ...record, topic: record.topic }],
    )
    const { stdout, replies } = await invokeBundle(
      bundleIn(out, 'lambda-kafka', 'noting'),
      [{ eventSource: 'aws:kafka', records: { 'numbers-0': records } }],
      { WORD: 'heard' },
    )
    expect(replies).toEqual([{ batchItemFailures: [] }])
    expect(stdout).toBe('heard A-1\nheard A-1\n')
    expect(textOf('lambda-kafka', 'noting')).toContain('process.env.WORD')
  })

  test('throws for a batch that the mapping takes no partial response of', async () => {
    const event = kinesisEvent([number('fails')])
    const file = bundleIn(out, 'lambda-kinesis', 'silent')
    await expect(invokeBundle(file, [event], { WAYBILL_PARTIAL_RESPONSES: 'false' })).rejects.toThrow(
      'the whole batch comes again',
    )
    await expect(invokeBundle(file, [event], { WAYBILL_PARTIAL_RESPONSES: 'no' })).rejects.toThrow(
      'WAYBILL_PARTIAL_RESPONSES is "no": use true or false',
    )
  })
})

describe('a bundle for a container', () => {
  const headers = { 'content-type': 'application/cloudevents+json' }

  test('serves on PORT, and finishes what is under way at SIGTERM', async () => {
    const hook = await receiver()
    const port = await freePort()
    const { child, ended, said } = startBundle(bundleIn(out, 'http', 'pushed'), {
      PORT: port,
      WAYBILL_BROKER_HOOK: hook.url,
    })
    const url = `http://127.0.0.1:${port}/`
    const isUp = () =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    let up = false
    for (const end = Date.now() + 10_000; !up && Date.now() < end; ) up = await isUp()
    expect([up, said()]).toEqual([true, ''])
    const answers = await Promise.all(
      ['a', 'b'].map((id) => fetch(url, { method: 'POST', headers, body: JSON.stringify(number('x', id)) })),
    )
    child.kill('SIGTERM')
    expect(answers.map(({ status }) => status)).toEqual([204, 204])
    expect(await ended).toBe(0)
    await hook.close()
    expect(hook.posted.map(({ id }) => id).sort()).toEqual(['a/2', 'b/2'])
  })

  test('is a function of Functions Framework, which starts no server', async () => {
    const hook = await receiver()
    const statuses = await callBundle(bundleIn(out, 'http', 'pushed'), [number('a'), number('fails')], {
      WAYBILL_BROKER_HOOK: hook.url,
      PORT: 'none',
    })
    await hook.close()
    expect(statuses).toEqual([204, 500])
    expect(hook.posted).toEqual([{ id: 'A-1/2', body: '42' }])
    expect(JSON.parse(readFileSync(join(out, 'http/pushed/package.json'), 'utf8'))).toMatchObject({
      main: 'index.mjs',
      type: 'module',
      scripts: { start: 'node index.mjs' },
    })
  })

  test('does not let anybody in on Cloud Run', async () => {
    const { ended, said } = startBundle(bundleIn(out, 'http', 'pushed'), { K_SERVICE: 'pushed', PORT: '0' })
    expect(await ended).toBe(1)
    expect(said()).toMatch(/anybody could send events: set WAYBILL_PUSH_ACCOUNT and WAYBILL_PUSH_AUDIENCE/)
    expect(
      Math.max(
        ...said()
          .split('\n')
          .map(({ length }) => length),
      ),
    ).toBeLessThan(2_000)
  })

  test('of a worker serves its endpoints, and ends with 0 at SIGTERM', async () => {
    const port = await freePort()
    const { child, ended, said } = startBundle(bundleIn(out, 'worker', 'reading'), { PORT: port })
    await eventually('it serves', () => said().includes('serving /livez'), 10_000)
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toMatch(
      /waybill_function_up\{function="reading"\} 1/,
    )
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(said()).toMatch(/"message":"function ended"/)
  })
})

describe('the manifest', () => {
  const read = (host: string): unknown => JSON.parse(readFileSync(join(out, host, 'manifest.json'), 'utf8'))

  test('tells infrastructure code what to deploy', () => {
    const policy = {
      maxAttempts: 5,
      maxAgeMs: null,
      timeoutMs: 30_000,
      deadLetter: 'dlq.forwarded',
      concurrency: 16,
    }
    expect(read('lambda-kinesis')).toMatchObject({
      version: 1,
      host: 'lambda-kinesis',
      functions: [
        { name: 'silent', sink: null, deadLetter: null, brokers: [] },
        { name: 'dropping', policy: { deadLetter: false } },
        { name: 'hooked', sink: { broker: 'hook', topic: 'doubled', scheme: 'https' } },
        {
          name: 'forwarded',
          folder: 'forwarded',
          entry: 'forwarded/index.mjs',
          handler: 'index.handler',
          bytes: readFileSync(bundleIn(out, 'lambda-kinesis', 'forwarded')).length,
          gzip: expect.any(Number),
          absent: [],
          source: { broker: 'stream', topic: 'numbers', group: 'forwarded', scheme: 'kinesis' },
          sink: { broker: 'cluster', topic: 'doubled', scheme: 'kafka' },
          deadLetter: null,
          brokers: [{ name: 'cluster', scheme: 'kafka', variable: 'WAYBILL_BROKER_CLUSTER' }],
          policy,
        },
      ],
    })
    expect(read('worker')).toMatchObject({
      functions: [
        { name: 'reading', handler: null, brokers: [{ name: 'main' }], policy: { maxAttempts: null } },
      ],
    })
  })

  test('is what --json prints', async () => {
    const { code, stdout } = await build('--host', 'lambda-kafka', 'noting', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(read('lambda-kafka'))
  })
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { createEvent } from '../../adapters/index.ts'
import { kafkaEvent, kafkaRecords, kinesisEvent } from '../platform/index.ts'
import { receiver } from './build/project.ts'
import { start, waybill } from './command-line.ts'
import { folder } from './folder.ts'

const source = { topic: 'numbers' }
const made = folder({
  'number.mjs': `
    export const handler = (event, context) => {
      if (event.subject === 'fails') throw new Error('no \\u001b[31mdatabase')
      console.log('printed', event.id)
      context.logger.info({ id: event.id }, 'seen')
      return event.subject === 'forward' ? event : undefined
    }`,
  'disposed.mjs': `
    export const createHandler = () => Object.assign(() => {}, { [Symbol.asyncDispose]: async () => console.error('disposed') })`,
  'slow.mjs':
    'export const handler = (_, { signal }) => new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason)))',
  'waybill.config.json': JSON.stringify({
    brokers: { main: 'memory://', hook: 'https://hooks.example/events' },
    functions: {
      number: {
        handler: './number.mjs',
        source: { ...source, broker: 'main' },
        sink: { broker: 'hook', topic: 'numbers' },
      },
      dropping: {
        handler: './number.mjs',
        source: { ...source, broker: 'main' },
        policy: { deadLetter: false },
      },
      disposed: { handler: './disposed.mjs', source: { ...source, broker: 'main' }, options: {} },
      slow: { handler: './slow.mjs', source: { ...source, broker: 'main' }, policy: { timeoutMs: 0 } },
    },
  }),
})
afterAll(() => made.remove())

const number = (id: string, subject = 'quiet') =>
  createEvent({ type: 'number', source: '/test', id, subject, data: 21 })

function invoke(name: string, host: string, event: unknown, ...words: readonly string[]) {
  const file = join(made.path, 'event.json')
  writeFileSync(file, typeof event === 'string' ? event : JSON.stringify(event))
  const config = join(made.path, 'waybill.config.json')
  return waybill('invoke', name, '--host', host, '--event', file, '--config', config, ...words)
}

let hook: Awaited<ReturnType<typeof receiver>> | undefined
afterEach(async () => {
  await hook?.close()
  hook = undefined
})

describe('waybill invoke', () => {
  test('tells what became of each record and what Lambda gets back, and fails where something comes again', async () => {
    const event = kinesisEvent([number('1'), number('2', 'fails'), number('3')], { stream: 'numbers' })
    const { code, stdout, stderr } = await invoke('number', 'lambda-kinesis', event)
    const sequence = event.Records.map(({ kinesis }) => kinesis.sequenceNumber)
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^handled numbers shardId-000000000000 ${sequence[0]} in \\d+ ms$`)),
      `failed numbers shardId-000000000000 ${sequence[1]}: no \ufffd[31mdatabase`,
      `not tried numbers shardId-000000000000 ${sequence[2]}`,
      ...JSON.stringify({ batchItemFailures: [{ itemIdentifier: sequence[1] }] }, undefined, 2).split('\n'),
      '',
    ])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^printed 1$/m)
    expect(stderr).toMatch(/^info seen \{"id":"1"\}$/m)
  })

  test('prints one JSON object with --json, and ends with 0 where all is settled', async () => {
    hook = await receiver()
    const event = kafkaEvent(
      kafkaRecords([number('1', 'forward'), number('2')], { topic: 'numbers', partition: 3, first: 7 }),
    )
    const { code, stdout } = await invoke(
      'number',
      'lambda-kafka',
      event,
      '--json',
      '--broker',
      `hook=${hook.url}`,
    )
    const place = { kind: 'handled', topic: 'numbers', lane: '3', durationMs: expect.any(Number) }
    expect(JSON.parse(stdout)).toEqual({
      function: 'number',
      host: 'lambda-kafka',
      reply: { batchItemFailures: [] },
      deliveries: [
        { ...place, position: '7', emitted: 1 },
        { ...place, position: '8', emitted: 0 },
      ],
    })
    expect([code, hook.posted]).toEqual([0, [{ id: '1', body: '21' }]])
  })

  const push = {
    message: {
      data: Buffer.from('21').toString('base64'),
      attributes: {
        'ce-specversion': '1.0',
        'ce-id': '1',
        'ce-source': '/test',
        'ce-type': 'number',
        'content-type': 'application/json',
      },
      messageId: '1',
    },
    subscription: 's',
  }
  test.each([
    ['a push', push],
    ['an event', number('1')],
    ['a batch', [number('1')]],
    ['a request', { headers: { 'Content-Type': 'application/cloudevents+json' }, body: number('1') }],
    [
      'a request with a body of text',
      {
        headers: {
          'content-type': 'application/json',
          'ce-specversion': '1.0',
          'ce-id': '1',
          'ce-source': '/test',
          'ce-type': 'number',
        },
        body: '21',
      },
    ],
  ])('posts %s', async (_, event) => {
    const { code, stdout, stderr } = await invoke('number', 'http', event)
    expect(stdout).toMatch(/^handled numbers .*in \d+ ms\n\{\n {2}"status": 204\n\}\n$/)
    expect([code, stderr]).toEqual([0, expect.stringContaining('printed 1')])
  })

  test('tells the answer to a request that failed', async () => {
    const { code, stdout } = await invoke('dropping', 'http', number('1', 'fails'), '--json')
    expect(JSON.parse(stdout).reply).toEqual({ status: 500, body: 'the handler failed: see its log' })
    expect(code).toBe(1)
  })

  test.each([
    [
      'http',
      '{}',
      /^\[waybill\] \S+event\.json: \[http\] the request is no CloudEvent and no Pub\/Sub push/m,
    ],
    [
      'lambda-kinesis',
      kinesisEvent([
        { key: 'k', data: Buffer.from('{"specversion":"1.0","id":"","source":"/s","type":"t"}') },
      ]),
      /^\[waybill\] \S+event\.json: \[kinesis\] /m,
    ],
  ])('names the file that holds no event, for %s', async (host, event, message) => {
    const { code, stderr } = await invoke('number', host, event)
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)])
  })

  test('ends a call when its time is up, as Lambda does', async () => {
    const { code, stdout } = await invoke(
      'slow',
      'lambda-kinesis',
      kinesisEvent([number('1')]),
      '--time',
      '0.2',
    )
    expect(stdout).toMatch(/batchItemFailures/)
    expect(code).toBe(1)
  })

  test('lets go of what the handler holds', async () => {
    const { code, stderr } = await invoke('disposed', 'lambda-kinesis', kinesisEvent([number('1')]))
    expect([code, stderr]).toEqual([0, 'disposed\n'])
  })

  test.each([
    [
      'lambda-kinesis',
      '{"a":',
      /^\[waybill\] \S+event\.json is no JSON: give the event as the platform logged it\n$/,
    ],
    [
      'lambda-kinesis',
      '5',
      /event\.json: the event is no JSON object: give what Lambda gave the function\n$/,
    ],
    [
      'lambda-kinesis',
      '{}',
      /^\[lambda-kinesis\] \S+: the event has no "Records": connect the function to a Kinesis stream\n$/,
    ],
    [
      'lambda-kafka',
      { Records: [] },
      /^\[lambda-kafka\] \S+: the event comes from no "eventSource": connect the function to Amazon MSK/,
    ],
  ])('refuses for %s the event %j', async (host, event, message) => {
    const { code, stdout, stderr } = await invoke('number', host, event)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(message)
  })

  test('names a file that is not there, and a function that is not', async () => {
    const config = join(made.path, 'waybill.config.json')
    const words = ['--host', 'http', '--config', config, '--event', 'nowhere.json']
    expect((await waybill('invoke', 'number', ...words)).stderr).toBe(
      '[waybill] no file nowhere.json: correct the path given with --event\n',
    )
    expect(
      (await waybill('invoke', 'number', '--host', 'http', '--config', config, '--event', '.')).stderr,
    ).toBe('[waybill] . is a folder: name a file with --event\n')
    expect((await waybill('invoke', 'numbr', ...words)).stderr).toMatch(
      /no function "numbr": did you mean "number"\?/,
    )
  })

  test('reads the event from standard input', async () => {
    const words = ['invoke', 'dropping', '--host', 'lambda-kinesis', '--event', '-', '--json']
    const call = (input: string) => start(words, { cwd: made.path, input }).finished
    const [good, bad, nothing] = await Promise.all([
      call(JSON.stringify(kinesisEvent([number('1')]))),
      call('{"a":'),
      call(''),
    ])
    expect([good.code, JSON.parse(good.stdout).reply]).toEqual([0, { batchItemFailures: [] }])
    expect([bad.code, bad.stderr]).toEqual([
      1,
      '[waybill] standard input is no JSON: give the event as the platform logged it\n',
    ])
    expect([nothing.code, nothing.stderr]).toEqual([
      1,
      '[waybill] standard input is empty: give the event as the platform logged it\n',
    ])
  })

  test('calls no worker', async () => {
    const { code, stderr } = await invoke('number', 'worker', {})
    expect(code).toBe(2)
    expect(stderr).toMatch(/: allowed choices are lambda-kinesis, lambda-kafka, http$/m)
  })
})

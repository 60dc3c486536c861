import { appendFileSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from '@jest/globals'
import { start, waybill } from '../command-line.ts'
import { folder } from '../folder.ts'

const event = (id: number) => JSON.stringify({ specversion: '1.0', id: String(id), source: '/s', type: 't' })
const made = folder({
  'waybill.config.json': JSON.stringify({
    brokers: { main: 'memory://', audit: 'memory://' },
    functions: {},
  }),
  'events.jsonl': [1, 2, 3].map(event).join('\n'),
  'mixed.jsonl': [event(1), '{"specversion":"1.0"}', event(2), 'no json'].join('\n'),
  'bad.jsonl': 'no json\n'.repeat(25),
  'bare/nothing': '',
})
afterAll(() => made.remove())

const config = `${made.path}/waybill.config.json`
const emit = (...words: readonly string[]) => waybill('emit', 'orders', '-c', config, ...words)
const warning = '[waybill] memory:// lives in this process alone: nothing can receive what is emitted to it\n'

describe('waybill emit', () => {
  test('publishes one event from flags', async () => {
    expect(await emit('--type', 'order.placed', '--data', '{"total":5}', '--key', 'k')).toEqual({
      code: 0,
      stdout: 'emitted 1 event to topic "orders" of main (memory://)\n',
      stderr: warning,
    })
  })

  test('publishes a file of events', async () => {
    const file = `${made.path}/events.jsonl`
    expect(await emit('--on', 'audit', '--file', file, '--json')).toEqual({
      code: 0,
      stdout: '{"broker":"audit","topic":"orders","accepted":3,"refused":0}\n',
      stderr: warning,
    })
  })

  test('publishes what comes by standard input, and needs no configuration where it is given a URL', async () => {
    const words = ['emit', 'orders', '--file', '-', '--broker', 'memory://?capacity=5']
    const options = { cwd: `${made.path}/bare`, input: `${event(1)}\n${event(2)}\n` }
    expect(await start(words, options).finished).toMatchObject({
      code: 0,
      stdout: 'emitted 2 events to topic "orders" of main (memory://?capacity=…)\n',
    })
  })

  test('without credentials of AWS ends with 2, for an event and for a file', async () => {
    // No profile, no role, and no service that gives one.
    const none = {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_PROFILE: '',
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    const env = {
      ...none,
      HOME: made.path,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    }
    const words = ['emit', 'orders', '--broker', 'kinesis://us-east-1?endpoint=http://127.0.0.1:1']
    const emitted = (...more: readonly string[]) =>
      start([...words, ...more], { cwd: `${made.path}/bare`, env }).finished
    const results = await Promise.all([
      emitted('--type', 't'),
      emitted('--file', `${made.path}/events.jsonl`),
    ])
    for (const { code, stderr } of results)
      expect([code, stderr]).toEqual([2, expect.stringContaining('there are no credentials for')])
  })

  test('prints nothing of what the AWS SDK says of versions of Node.js', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }
    const url = 'kinesis://us-east-1?endpoint=http://127.0.0.1:1'
    const words = ['emit', 'orders', '--type', 't', '--broker', url]
    const { code, stderr } = await start(words, { cwd: `${made.path}/bare`, env }).finished
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^\[kinesis\] the record for "orders" failed: .*\n$/),
    ])
  })

  test('names each line that is refused, publishes the others, and ends with 1', async () => {
    const file = `${made.path}/mixed.jsonl`
    const { code, stdout, stderr } = await emit('--file', file)
    expect(code).toBe(1)
    expect(stdout).toBe('emitted 2 events to topic "orders" of main (memory://), refused 2 lines\n')
    const [second, fourth] = stderr.trim().split('\n').toSorted()
    expect(second).toContain(`[waybill] ${file} line 2: `)
    expect(second).toContain('"id"')
    expect(fourth).toContain(`[waybill] ${file} line 4: the event is not valid JSON`)
  })

  test('says what was emitted before a line that is too long, and where it stopped', async () => {
    const long = `${made.path}/long.jsonl`
    writeFileSync(long, `${event(1)}\nno json\n${event(2)}\n`)
    appendFileSync(long, Buffer.alloc(64 * 1024 * 1024 + 1, 'x'))
    const problem = `[waybill] ${long}: line 4 is longer than 67108864 bytes: give one event a line, as JSON\n`
    const { code, stdout, stderr } = await emit('--file', long)
    expect(code).toBe(1)
    expect(stdout).toBe('emitted 2 events to topic "orders" of main (memory://), refused 1 line\n')
    expect(stderr).toContain(`${long} line 2: the event is not valid JSON`)
    expect(stderr.endsWith(problem)).toBe(true)
    expect((await emit('--file', long, '--json')).stdout).toBe(
      '{"broker":"main","topic":"orders","accepted":2,"refused":1}\n',
    )
  })

  test('does not tell of every line of a file that is something else', async () => {
    const { code, stdout, stderr } = await emit('--file', `${made.path}/bad.jsonl`)
    expect(code).toBe(1)
    expect(stdout).toContain('emitted 0 events')
    expect(stderr.match(/ line \d+: /g)).toHaveLength(20)
    expect(stderr).toMatch(/\n\[waybill\] … and 5 more lines\n$/)
  })

  test.each([
    ['', 2, 'an event needs a type: add --type, or read events with --file'],
    ['--file - --content-type a/b', 2, '--file holds whole events: leave out --content-type'],
    ['--type t --on mian', 2, 'there is no broker "mian": did you mean "main"?'],
    ['--file nothing.jsonl', 1, 'no file nothing.jsonl: correct the path given with --file'],
    ['--file .', 1, '. is a folder: name a file with --file'],
    [
      '--type t --broker main=memory://user:hunter2@h',
      2,
      'brokers.main: the URL memory://*** holds credentials: give them as options or by the environment',
    ],
    [
      '--type t --broker main=memory://?capcity=5',
      2,
      'brokers.main: unknown URL parameter "capcity" of memory://: did you mean "capacity"?',
    ],
  ])('refuses %j', async (words, code, message) => {
    const result = await emit(...words.split(' ').filter(Boolean))
    expect(result).toEqual({ code, stdout: '', stderr: `[waybill] ${message}\n` })
  })
})

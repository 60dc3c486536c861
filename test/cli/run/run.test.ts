import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { memory } from '../../../adapters/index.ts'
import { feedOf } from '../../../cli/run/feed.ts'
import { type Started, start, waybill } from '../command-line.ts'
import { folder } from '../folder.ts'

const config = {
  brokers: { main: 'memory://' },
  functions: { f: { handler: './handler.ts', source: { topic: 't' } } },
}
/** Begins, then takes until the file `go` exists. */
const handler = `
  import { existsSync } from 'node:fs'
  import { setTimeout as wait } from 'node:timers/promises'
  export async function handler(event: { id: string }) {
    console.log('begun', event.id)
    while (!existsSync(new URL('./go', import.meta.url))) await wait(5)
    console.log('finished', event.id)
  }`
const events = ['1', '2']
  .map((id) => JSON.stringify({ specversion: '1.0', id, source: '/s', type: 't' }))
  .join('\n')

const open: { remove(): void }[] = []
const running: Started[] = []
afterEach(() => {
  for (const each of running.splice(0)) each.process.kill('SIGKILL')
  for (const each of open.splice(0)) each.remove()
})

function project(files: Readonly<Record<string, string>> = {}): string {
  const made = folder({
    'waybill.config.json': JSON.stringify(config),
    'handler.ts': handler,
    'events.jsonl': events,
    ...files,
  })
  open.push(made)
  return made.path
}

function run(words: readonly string[], cwd: string): Started {
  const started = start(['run', ...words], { cwd })
  running.push(started)
  return started
}

function parse(stdout: string): Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('waybill run', () => {
  test('makes the topics that functions read and write where it is told to, and only there', async () => {
    const cwd = project({
      'waybill.config.json': JSON.stringify({
        brokers: { main: 'memory://?createTopics=false', other: 'memory://?createTopics=false' },
        functions: {
          f: {
            handler: './relay.ts',
            source: { topic: 't', broker: 'main' },
            sink: { topic: 'u', broker: 'other' },
          },
        },
      }),
      'relay.ts': 'export const handler = (event: unknown) => event',
    })
    const refused = await run([], cwd).finished
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain('topic "t" does not exist')

    const { process, says, finished } = run(['--ensure', '--emit', 't=events.jsonl', '--every', '0.05'], cwd)
    await says('"emitted":2,')
    process.kill('SIGTERM')
    expect(await finished).toMatchObject({ code: 0, stderr: '' })
  })

  test('told to stop, lets handlers finish, says what each function did, and ends with 0', async () => {
    const cwd = project()
    const { process, says, finished } = run(['--emit', 't=events.jsonl', '--every', '0.05'], cwd)
    await says('begun 2')
    await says('"inFlight":2')
    process.kill('SIGTERM')
    await says('"reason":"SIGTERM"')
    writeFileSync(join(cwd, 'go'), '')
    const { code, stdout, stderr } = await finished
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = parse(stdout)
    expect(lines.at(0)).toMatchObject({ msg: 'started', functions: ['f'], brokers: { main: 'memory://' } })
    expect(lines.find(({ msg }) => msg === 'file emitted')).toMatchObject({
      topic: 't',
      accepted: 2,
      refused: 0,
    })
    expect(lines.filter(({ printed }) => String(printed).startsWith('finished'))).toHaveLength(2)
    expect(lines.at(-2)).toMatchObject({
      msg: 'finished',
      function: 'f',
      state: 'closed',
      handled: 2,
      inFlight: 0,
    })
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped' })
  })

  test('told to stop twice, ends at once with 1', async () => {
    const { process, says, finished } = run(['--emit', 't=events.jsonl'], project())
    await says('begun 1')
    process.kill('SIGINT')
    await says('"reason":"SIGINT"')
    const again = setInterval(() => process.kill('SIGINT'), 50)
    const { code, stderr, stdout } = await finished
    clearInterval(again)
    expect(code).toBe(1)
    expect(stderr).toBe('[waybill] stopped at once: what was running will be delivered again\n')
    expect(stdout).not.toContain('"msg":"finished"')
  })

  test('told to stop while a handler still loads, closes what is open and ends with 0', async () => {
    const functions = { ...config.functions, g: { handler: './slow.mjs', source: { topic: 't' } } }
    const cwd = project({
      'waybill.config.json': JSON.stringify({ ...config, functions }),
      'handler.ts': `
        console.log('loaded')
        export const handler = Object.assign(() => {}, {
          [Symbol.asyncDispose]: async () => console.log('disposed'),
        })`,
      'slow.mjs': `
        setInterval(() => {}, 1_000)
        await new Promise(() => {})
        export const handler = () => {}`,
    })
    const { process, says, finished } = run([], cwd)
    await says('loaded')
    process.kill('SIGTERM')
    const { code, stdout, stderr } = await finished
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(parse(stdout)).toMatchObject([
      { printed: 'loaded' },
      { msg: 'stopping', reason: 'SIGTERM' },
      { printed: 'disposed' },
      { msg: 'stopped' },
    ])
  })

  test('ends with 1 and the error when a function cannot go on', async () => {
    const cwd = project()
    const { code, stdout, stderr } = await run(['--broker', 'memory://?createTopics=false'], cwd).finished
    expect(code).toBe(1)
    expect(stderr).toMatch(/^\[memory\] function "f" stopped: topic "t" does not exist.*\n$/)
    expect(parse(stdout).at(-2)).toMatchObject({
      level: 'error',
      msg: 'finished',
      function: 'f',
      state: 'failed',
    })
  })

  test('runs the functions that are named, and goes on after a line that holds no event', async () => {
    const functions = { ...config.functions, g: { handler: './missing.ts', source: { topic: 't' } } }
    const cwd = project({
      'waybill.config.json': JSON.stringify({ ...config, functions }),
      'events.jsonl': `{"no":"event"}\n${events}`,
      go: '',
    })
    const { process, says, finished } = run(['f', '--emit', 't=events.jsonl'], cwd)
    await says('finished 2')
    process.kill('SIGTERM')
    const { code, stdout } = await finished
    expect(code).toBe(0)
    const lines = parse(stdout)
    expect(lines[0]).toMatchObject({ functions: ['f'] })
    expect(lines.find(({ level }) => level === 'error')).toMatchObject({
      msg: 'line 1 refused',
      file: 'events.jsonl',
    })
  })

  test('tells how much of a file was emitted before it could not be read further', async () => {
    const cwd = project({ go: '' })
    const file = join(cwd, 'endless.jsonl')
    writeFileSync(file, '{"specversion":"1.0","id":"1","source":"/s","type":"t"}\n')
    truncateSync(file, 65 * 1_048_576) // a line without an end
    const { process, says, finished } = run(['--emit', 't=endless.jsonl'], cwd)
    await says('file cannot be read further')
    process.kill('SIGTERM')
    const lines = parse((await finished).stdout)
    expect(lines.find(({ msg }) => msg === 'file cannot be read further')).toMatchObject({
      level: 'error',
      file: 'endless.jsonl',
      accepted: 1,
      refused: 0,
      reason: expect.stringContaining('line 2 is longer than'),
    })
    expect(lines.filter(({ msg }) => msg === 'file emitted')).toEqual([])
  })

  test('refuses a name that is no function', async () => {
    expect(await waybill('run', 'ff', '-c', `${project()}/waybill.config.json`)).toEqual({
      code: 2,
      stdout: '',
      stderr: '[waybill] there is no function "ff": did you mean "f"?\n',
    })
  })

  test('takes only files and topics that exist for --emit', () => {
    const broker = memory()
    const functions = [{ name: 'f', broker, source: { topic: 't', group: 'f' }, handler: () => {} }]
    expect(feedOf('t=-', functions)).toEqual({ target: { broker, topic: 't', options: {} }, file: '-' })
    expect(() => feedOf('t', functions)).toThrow('--emit t: write --emit topic=file')
    expect(() => feedOf('tt=-', functions)).toThrow('--emit: no function reads topic "tt": did you mean "t"?')
    expect(() => feedOf('t=no.jsonl', functions)).toThrow(
      '[waybill] no file no.jsonl: correct the path given with --emit',
    )
    expect(() => feedOf('t=.', functions)).toThrow('[waybill] . is a folder: name a file with --emit')
  })
})

import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { jsonView } from '../../../cli/run/json-lines.ts'
import { rates } from '../../../cli/run/rates.ts'
import { table } from '../../../cli/run/table.ts'
import { terminalView } from '../../../cli/run/terminal.ts'
import type { FunctionStatus } from '../../../functions/hosts/worker.ts'

function status(name: string, changes: Partial<FunctionStatus> = {}): FunctionStatus {
  const none = {
    received: 0,
    handled: 0,
    retried: 0,
    deadLettered: 0,
    dropped: 0,
    released: 0,
    emitted: 0,
    inFlight: 0,
  }
  return { name, state: 'running', ...none, ...changes }
}

function written(stream: PassThrough): string {
  return stripVTControlCharacters(String(stream.read() ?? ''))
}

describe('the speed of a function', () => {
  test('is what it settled for good over the window', () => {
    const measured = rates(1_000)
    const speed = (now: number, changes: Partial<FunctionStatus>) =>
      measured([status('f', changes)], now)[0]?.perSecond
    expect(speed(0, {})).toBe(0)
    expect(speed(500, { handled: 10 })).toBe(20)
    expect(speed(1_000, { handled: 20, deadLettered: 5, dropped: 5, retried: 90 })).toBe(30)
    expect(speed(2_000, { handled: 20, deadLettered: 5, dropped: 5 })).toBe(0)
  })
})

describe('the table', () => {
  test('has a line a function, and columns for what happened only', () => {
    const functions = [
      {
        ...status('uppercase', { received: 12_345, handled: 12_340, inFlight: 5, lagMs: 1_500 }),
        perSecond: 821.4,
      },
      { ...status('store'), perSecond: 0 },
    ]
    expect(stripVTControlCharacters(table(functions))).toBe(
      [
        '  function   received  handled  in flight  per second    lag',
        '● uppercase    12,345   12,340          5         821  1.5 s',
        '● store             0        0          0           0      –',
      ].join('\n'),
    )
    const failed = table([
      {
        ...status('f', { state: 'failed', deadLettered: 1, dropped: 2, retried: 3, emitted: 4 }),
        perSecond: 0,
      },
    ])
    expect(stripVTControlCharacters(failed)).toContain('emitted  retried  dead  dropped')
  })
})

describe('a terminal', () => {
  // What log-update needs to know of a terminal.
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true, columns: 200, rows: 50 })

  test('shows the table with the latest problems below, each once', () => {
    const stream = terminal()
    const view = terminalView(stream, false)
    view.started(['f', 'g'], { main: 'memory://' })
    for (const reason of ['first', 'second', 'third', 'third', 'fourth']) {
      view.logger.warn({ function: 'f', reason }, 'event dead-lettered')
    }
    view.logger.info({}, 'not shown')
    view.progress([{ ...status('f'), perSecond: 0 }])
    const text = written(stream)
    expect(text).toMatch(/^waybill 2 functions · main memory:\/\/ · 1 s$/m)
    expect(text).toMatch(/^ {2}[\d:]{8} f: event dead-lettered: third ×2$/m)
    expect(text).toMatch(/^ {2}[\d:]{8} f: event dead-lettered: fourth$/m)
    expect(text).not.toContain('first')
    expect(text).not.toContain('not shown')
    expect(text).toContain('ctrl-c stops, after running handlers have finished')
  })

  test('tells at the end what each function did', () => {
    const stream = terminal()
    const view = terminalView(stream, false)
    const error = new Error('connection lost')
    view.finished(
      [
        status('uppercase', {
          handled: 12_340,
          emitted: 12_339,
          retried: 3,
          deadLettered: 2,
          dropped: 1,
          released: 4,
        }),
        status('store', { state: 'failed', error }),
      ],
      65_000,
    )
    expect(written(stream)).toContain(
      [
        'waybill stopped after 1 min 5 s',
        '  uppercase  handled 12,340, emitted 12,339, retried 3, dead-lettered 2, dropped 1, gave back 4',
        '  store      handled 0, failed: connection lost',
        '',
      ].join('\n'),
    )
  })
})

describe('elsewhere', () => {
  test('each line is a JSON object', () => {
    const stream = new PassThrough()
    const view = jsonView(stream, 1_000)
    view.started(['f'], { main: 'memory://' })
    view.progress([{ ...status('f', { handled: 3 }), perSecond: 1.6 }])
    view.print('from a handler')
    view.logger.warn({ function: 'f', reason: 'no city' }, 'event dead-lettered')
    view.stopping('SIGTERM')
    view.finished([status('f', { state: 'failed', error: new Error('connection lost') })], 12.3)
    const lines: unknown[] = written(stream)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect(lines).toEqual([
      { level: 'info', time, functions: ['f'], brokers: { main: 'memory://' }, msg: 'started' },
      expect.objectContaining({ function: 'f', handled: 3, perSecond: 2, msg: 'progress' }),
      { level: 'info', time, printed: 'from a handler', msg: 'printed' },
      { level: 'warn', time, function: 'f', reason: 'no city', msg: 'event dead-lettered' },
      { level: 'info', time, reason: 'SIGTERM', msg: 'stopping' },
      expect.objectContaining({
        level: 'error',
        function: 'f',
        state: 'failed',
        reason: 'connection lost',
        msg: 'finished',
      }),
      { level: 'info', time, elapsedMs: 12, msg: 'stopped' },
    ])
  })
})

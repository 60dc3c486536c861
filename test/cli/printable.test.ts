import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, describe, expect, test } from '@jest/globals'
import { printable, printableLines } from '../../cli/printable.ts'
import { terminalView } from '../../cli/run/terminal.ts'
import { summary } from '../../examples/spreadsheet/summary.ts'
import { Tally } from '../../examples/spreadsheet/tally.ts'
import { start } from './command-line.ts'
import { folder } from './folder.ts'

/** Sets the title, clears the screen, and hides what follows; the last is one character of its own. */
const harm = '\x1b]0;title\x07\x1b[2J\x9b8m'
const shown = '�]0;title��[2J�8m'

const made = folder({
  'waybill.config.json': JSON.stringify({
    brokers: { main: 'memory://' },
    functions: { f: { handler: './h.mjs', source: { topic: 't' } } },
  }),
  'h.mjs': `export const handler = () => {}`,
  'throws.json': JSON.stringify({
    brokers: { main: 'memory://' },
    functions: { f: { handler: './throws.mjs', source: { topic: 't' } } },
  }),
  'throws.mjs': `throw new Error(${JSON.stringify(harm)})`,
  'topic.json': JSON.stringify({
    brokers: { main: 'memory://' },
    functions: { f: { handler: './h.mjs', source: { topic: `t${harm}` } } },
  }),
  [`events ${harm}`]: 'no event',
})
afterAll(() => made.remove())

function run(...words: string[]) {
  return start(words, { cwd: made.path }).finished
}

/** Neither what a person reads nor any part of it may hold a control character but line feeds. */
function expectHarmless(text: string): void {
  expect(JSON.stringify(text.replaceAll('\n', ''))).toBe(JSON.stringify(printable(text.replaceAll('\n', ''))))
}

describe('text that others wrote', () => {
  test('loses its control characters, and in several lines all but the line feeds', () => {
    expect(printable(`a${harm}\n\tb`)).toBe(`a${shown}��b`)
    expect(printableLines(`a${harm}\n\tb`)).toBe(`a${shown}\n�b`)
    expect(printable('Zoë 😀 \u{1f468}\u200d\u{1f469}')).toBe('Zoë 😀 \u{1f468}\u200d\u{1f469}')
  })

  test('reaches the terminal of a run without them', () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 200, rows: 50 })
    const view = terminalView(stream, true)
    view.started(['f'], { main: `memory://${harm}` })
    view.logger.warn({ function: 'f', reason: `column ${harm}` }, 'event dead-lettered')
    view.logger.info({ function: 'f', reason: `table ${harm}` }, 'told')
    view.progress([])
    const none = { received: 0, handled: 0, retried: 0, deadLettered: 0, dropped: 0, released: 0 }
    const error = new Error(`failure ${harm}`)
    view.finished([{ name: 'f', state: 'failed', ...none, emitted: 0, inFlight: 0, error }], 1)
    const text = String(stream.read())
    for (const word of ['memory://', 'column ', 'table ', 'failure ']) expect(text).toContain(word + shown)
    for (const sequence of ['\x1b]', '\x1b[2J', '\x07', '\x9b']) expect(text).not.toContain(sequence)
  })

  test.each([
    ['an error', ['check', '-c', 'throws.json'], `cannot be loaded: ${shown}`],
    ['an error with its details', ['check', '-c', 'throws.json', '--verbose'], `cannot be loaded: ${shown}`],
    ['the plan', ['check', '-c', 'topic.json'], `t${shown} on main`],
    ['a refused line', ['emit', 't', '--file', `events ${harm}`], `events ${shown} line 1: `],
  ])('is printed without them: %s', async (_what, words, expected) => {
    const { stdout, stderr } = await run(...words)
    expect(stdout + stderr).toContain(expected)
    expectHarmless(stdout + stderr)
  })

  test('is summed up without them', () => {
    const tally = new Tally({
      subject: 'f',
      columns: [`unseen ${harm}`],
      decode: () => {
        throw new Error('nothing to decode')
      },
    })
    tally.reasons.set('r', { text: `reason ${harm}`, count: 1, rows: [1] })
    const letter = { specversion: '1.0', id: `id ${harm}`, source: '/s', type: 't', dlqreason: harm } as const
    const text = summary(
      {
        tally,
        label: `sheet ${harm}`,
        broker: 'memory',
        seconds: 1,
        store: { driver: 'fs', options: { base: '.' } },
        rows: [{ [`name ${harm}`]: `cell ${harm}` }],
        deadLetter: letter,
      },
      400,
    )
    for (const word of ['sheet', 'reason', 'name', 'cell', 'unseen', 'id']) {
      expect(text).toContain(`${word} ${shown}`)
    }
    expectHarmless(stripVTControlCharacters(text))
    expect(text).not.toContain('\x9b')
  })
})

import { describe, expect, it } from '@jest/globals'
import { memory } from '../adapters/index.ts'
import { resolveConfig } from '../cli/config/index.ts'
import { parseData } from '../cli/config/parse.ts'
import { reasonOf } from '../cli/report.ts'
import { feedOf } from '../cli/run/feed.ts'
import { keyOf } from '../functions/store/key.ts'
import { delimiterOf } from '../functions/upload/delimiter.ts'
import { headerOf } from '../functions/upload/header.ts'
import { isFilled } from '../functions/upload/line.ts'
import { unescapeText } from '../functions/upload/xlsx/cell-text.ts'
import { cellValue } from '../functions/upload/xlsx/cell-value.ts'
import { dateKindOf } from '../functions/upload/xlsx/number-format.ts'
import { fastest, growth, quadratic } from './fastest.ts'
import { row } from './functions/call.ts'

const keyed = (subject: string) => keyOf(row({}, { subject }))
const format = (code: string) => dateKindOf(164, code)
const number = (text: string) =>
  cellValue(undefined, undefined, text, { strings: [], dateStyles: [], date1904: false })
const header = (name: string) => headerOf('a.csv', { number: 1, cells: [name] })
const filled = (cell: string) => isFilled({ number: 1, cells: [cell] })
const reader = [{ name: 'f', broker: memory(), source: { topic: 't', group: 'f' }, handler: () => {} }]
const feed = (written: string) => refusalOf(() => feedOf(written, reader))
const broker = (flag: string) =>
  refusalOf(() => resolveConfig({ brokers: {}, functions: {} }, { overrides: [flag] }))
const named = (name: string) =>
  refusalOf(() => resolveConfig({ brokers: { main: 'memory://' }, functions: { [name]: {} } }))
const json = (text: string) => refusalOf(() => parseData(text, 'JSON'))

/** Runs what may refuse its argument: that takes its time too. */
function refusalOf(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

type Reading = (text: string) => unknown

describe('time on long texts from files, events and the command line', () => {
  const shapes: readonly (readonly [name: string, read: Reading, shape: (size: number) => string])[] = [
    ['a number format of brackets', format, (size) => '['.repeat(size)],
    ['a number format of hours', format, (size) => '[h'.repeat(size / 2)],
    ['a number format of one long bracket', format, (size) => `[${'h'.repeat(size)}`],
    ['a number format of quotes', format, (size) => `${'"'.repeat(size)}"`],
    ['a number format of half a day', format, (size) => 'am/'.repeat(size / 3)],
    ['a key with spaces inside', keyed, (size) => `x${' '.repeat(size)}x`],
    ['a key with dots inside', keyed, (size) => `x${'.'.repeat(size)}x`],
    ['a key of spaces and dots', keyed, (size) => ' .'.repeat(size / 2)],
    ['a key of spaces', keyed, (size) => ' '.repeat(size)],
    ['a key of what is special', keyed, (size) => '%'.repeat(size)],
    ['a text with escapes', unescapeText, (size) => '_x000'.repeat(size / 5)],
    ['a text with underscores', unescapeText, (size) => `_x${'_'.repeat(size)}`],
    ['a number of many digits', number, (size) => `-${'1'.repeat(size)}x`],
    ['a name with spaces inside', header, (size) => `a${' '.repeat(size)}a`],
    ['a blank cell', filled, (size) => ' '.repeat(size)],
    ['a first line of quotes', delimiterOf, (size) => '"'.repeat(size)],
    ['a first line that declares nothing', delimiterOf, (size) => `sep=;${'\r'.repeat(size)}`],
    [
      'a reason of many lines',
      (text) => reasonOf(new Error(text)),
      (size) => '[waybill] :\n'.repeat(size / 12),
    ],
    ['a feed without a file', feed, (size) => 'a'.repeat(size)],
    ['a feed of equals signs', feed, (size) => '='.repeat(size)],
    ['a flag without a URL', broker, (size) => `${'a'.repeat(size)}!`],
    ['a name that is none', named, (size) => `${'a-'.repeat(size / 2)}!`],
    ['line breaks that are no JSON', json, (size) => `${'\r\n'.repeat(size / 2)}x`],
  ]

  it.each(shapes)('grows with the length and no faster: %s', (_name, read, shape) => {
    expect(growth(read, shape, 65_536)).toBeLessThan(quadratic)
    const longest = shape(1_048_576)
    expect(fastest(() => read(longest), 1)).toBeLessThan(2_000)
  })
})

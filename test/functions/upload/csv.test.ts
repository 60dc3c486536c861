import { afterAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readRows } from '../../../functions/upload/rows.ts'
import { anyCodePoint } from '../../core/characters.ts'
import { columnsOf, folder, rowsOf } from './files.ts'

const files = folder()
afterAll(files.remove)

function csv(content: string | Uint8Array): string {
  return files.write('a.csv', content)
}

/** UTF-16 with its byte order mark. */
function utf16(text: string, order: 'le' | 'be'): Buffer {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le')
  return order === 'le' ? bytes : bytes.swap16()
}

/** Milliseconds of the fastest of three readings. */
async function fastestReading(path: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    for await (const _ of readRows(path));
    best = Math.min(best, performance.now() - start)
  }
  return best
}

describe('a CSV file', () => {
  it('gives its rows with the columns named by the header', async () => {
    expect(await rowsOf(csv('id,name\n1,Ada\n2,Zoë 😀\n'))).toEqual([
      { number: 1, columns: { id: '1', name: 'Ada' } },
      { number: 2, columns: { id: '2', name: 'Zoë 😀' } },
    ])
  })

  it('needs no line break at its end', async () => {
    expect(await columnsOf(csv('a,b\n1,2'))).toEqual([{ a: '1', b: '2' }])
  })

  it.each([
    ['CRLF', '\r\n'],
    ['LF', '\n'],
    ['CR', '\r'],
  ])('may end its lines with %s', async (_name, eol) => {
    expect(await columnsOf(csv(['a,b', '1,2', '3,4', ''].join(eol)))).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ])
  })

  it('may mix line endings', async () => {
    expect(await columnsOf(csv('a\r\n1\n2\r\n3\r4'))).toEqual([
      { a: '1' },
      { a: '2' },
      { a: '3' },
      { a: '4' },
    ])
  })

  it.each([
    ['UTF-8 with a byte order mark', Buffer.from('\uFEFFé,b\n1,€\n')],
    ['UTF-16 little endian', utf16('é,b\n1,€\n', 'le')],
    ['UTF-16 big endian', utf16('é,b\n1,€\n', 'be')],
  ])('may be %s', async (_name, content) => {
    expect(await columnsOf(csv(content))).toEqual([{ é: '1', b: '€' }])
  })

  it('may hold delimiters, quotes and line breaks in quoted cells', async () => {
    const text = 'a,b\n"1,5","say ""hi"""\n"two\r\nlines\n",""\n'
    expect(await columnsOf(csv(text))).toEqual([
      { a: '1,5', b: 'say "hi"' },
      { a: 'two\r\nlines\n', b: '' },
    ])
  })

  it('keeps the space around cells, and trims it around names', async () => {
    expect(await columnsOf(csv(' a ,\tb\n 1 ," 2 "\n'))).toEqual([{ a: ' 1 ', b: ' 2 ' }])
  })

  it('gives a short row without its last columns', async () => {
    expect(await columnsOf(csv('a,b,c\n1,2,3\n1,2\n1\n'))).toEqual([
      { a: '1', b: '2', c: '3' },
      { a: '1', b: '2' },
      { a: '1' },
    ])
  })

  it('takes as long for a short row as it has cells, however many columns are named', async () => {
    const named = (columns: number) => {
      const names = Array.from({ length: columns }, (_, index) => `c${index}`)
      // The parser is fast at lines with as many cells as the first.
      return files.write(`${columns}.csv`, `sep=;\n${names.join(';')}\n${'1;\n'.repeat(20_000)}`)
    }
    const narrow = await fastestReading(named(2))
    const wide = await fastestReading(named(16_384))
    expect(wide / narrow).toBeLessThan(6)
  })

  it('gives the cells past the last column as extra, when one of them is filled', async () => {
    expect(await rowsOf(csv('a,b\n1,2,,\n1,2,,3,\n'))).toEqual([
      { number: 1, columns: { a: '1', b: '2' } },
      { number: 2, columns: { a: '1', b: '2' }, extra: ['', '3'] },
    ])
  })

  it('has no column for an empty cell at the end of its header', async () => {
    expect(await columnsOf(csv('a,b, ,\n1,2,,\n'))).toEqual([{ a: '1', b: '2' }])
  })

  it('counts blank lines and gives no row for them', async () => {
    const rows = await rowsOf(csv('\n,\na,b\n1,2\n\n , \n3,4\n,\n\n'))
    expect(rows.map(({ number, columns }) => [number, columns.a])).toEqual([
      [1, '1'],
      [4, '3'],
    ])
  })

  it('has no rows when it has a header only', async () => {
    expect(await rowsOf(csv('a,b\n'))).toEqual([])
  })

  it('may name a column like a property that every object has', async () => {
    const [row] = await columnsOf(csv('constructor,toString\n1,2\n'))
    expect(Object.entries(row ?? {})).toEqual([
      ['constructor', '1'],
      ['toString', '2'],
    ])
  })

  it.each([
    ['comma', 'a,b;c\n1,2;3\n', { a: '1', 'b;c': '2;3' }],
    ['semicolon', 'a;b;c,d\n1;2;3,5\n', { a: '1', b: '2', 'c,d': '3,5' }],
    ['tab', 'a\tb\n1\t2,5\n', { a: '1', b: '2,5' }],
    ['pipe', 'a|b|c\n1|2|3\n', { a: '1', b: '2', c: '3' }],
    ['comma, when there is but one column', 'a\n1;2\n', { a: '1;2' }],
    ['comma, when another is in quotes', '"a;b;c",d\n1,2\n', { 'a;b;c': '1', d: '2' }],
    ['delimiter of the first line with text', '\r\n\r\na;b\n1;2\n', { a: '1', b: '2' }],
    ['delimiter that the first line declares', 'sep=|\r\na,b|c\n1|2\n', { 'a,b': '1', c: '2' }],
  ])('is read with the %s', async (_name, text, columns) => {
    expect(await columnsOf(csv(text))).toEqual([columns])
  })

  it('is read with the delimiter that is asked for', async () => {
    expect(await columnsOf(csv('a,b,c:d\n1,2,3:4\n'), { delimiter: ':' })).toEqual([
      { 'a,b,c': '1,2,3', d: '4' },
    ])
    expect(await columnsOf(csv('a::b\n1::2\n'), { delimiter: '::' })).toEqual([{ a: '1', b: '2' }])
  })

  it('is put together right wherever a chunk of it ends', async () => {
    const cells = Array.from({ length: 9_000 }, (_, i) => `${'x'.repeat(i % 7)}é€😀"",\r\n`)
    const expected = cells.map((cell) => ({ a: cell.replaceAll('""', '"'), b: 'ß' }))
    const text = `a,b\r\n${cells.map((cell) => `"${cell}",ß\r\n`).join('')}`
    expect(Buffer.byteLength(text)).toBeGreaterThan(3 * 65_536)
    expect(await columnsOf(csv(text))).toEqual(expected)
    expect(await columnsOf(csv(utf16(text, 'be')))).toEqual(expected)
  })

  it('gives any table of texts back as it was written', async () => {
    const cell = fc
      .string({ unit: anyCodePoint })
      .filter((text) => !/\p{Surrogate}/u.test(text) && !text.includes('\0'))
    const table = fc.array(fc.tuple(fc.constant('x'), cell, cell), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom(',', ';', '\t', '|'), async (lines, delimiter) => {
        const quoted = (cells: readonly string[]) =>
          cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(delimiter)
        const text = [['a', 'b', 'c'], ...lines].map(quoted).join('\n')
        expect(await columnsOf(csv(text))).toEqual(lines.map(([a, b, c]) => ({ a, b, c })))
      }),
      { numRuns: 100 },
    )
  })
})

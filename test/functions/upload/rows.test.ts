import { execFile } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { strToU8, Zip, ZipDeflate } from 'fflate'
import writeExcelFile from 'write-excel-file/node'
import { readRows } from '../../../functions/upload/rows.ts'
import { columnsOf, folder, openFiles, rowsOf } from './files.ts'
import { headerRow, inline, workbook, workbookParts } from './workbook.ts'

const files = folder()
const big = { CSV: '', XLSX: '' }
beforeAll(() => {
  big.CSV = bigCsv()
  big.XLSX = bigWorkbook()
})
afterAll(files.remove)

const airports = join(process.cwd(), 'node_modules/vega-datasets/data/airports.csv')

/** Writes a file piece by piece. */
function writePieces(name: string, pieces: (push: (piece: Uint8Array) => void) => void): string {
  const path = join(files.path, name)
  const file = openSync(path, 'w')
  pieces((piece) => writeSync(file, piece))
  closeSync(file)
  return path
}

/** 60 000 rows of 1 kB. */
function bigCsv(): string {
  const piece = strToU8(`${'x'.repeat(500)},${'y'.repeat(500)}\n`.repeat(100))
  return writePieces('big.csv', (push) => {
    push(strToU8('a,b\n'))
    for (let i = 0; i < 600; i += 1) push(piece)
  })
}

/** The same, with the texts in the sheet. */
function bigWorkbook(): string {
  const { 'xl/worksheets/sheet1.xml': sheet = '', ...parts } = workbookParts({})
  const [start = '', end = ''] = sheet.split('</sheetData>')
  const header = '<row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row>'
  const piece = `<row><c t="str"><v>${'x'.repeat(1000)}</v></c><c><v>1.5</v></c></row>`.repeat(400)
  return writePieces('big.xlsx', (push) => {
    const zip = new Zip((_error, bytes) => push(bytes))
    const add = (name: string, texts: Iterable<string>) => {
      const entry = new ZipDeflate(name, { level: 1 })
      zip.add(entry)
      for (const text of texts) entry.push(strToU8(text))
      entry.push(new Uint8Array(), true)
    }
    for (const [name, text] of Object.entries(parts)) add(name, [text])
    add('xl/worksheets/sheet1.xml', [start, header, ...Array<string>(150).fill(piece), `</sheetData>${end}`])
    zip.end()
  })
}

describe('reading rows', () => {
  it('gives every row of a data set that people publish', async () => {
    const rows = await rowsOf(airports)
    expect(rows).toHaveLength(3376)
    expect(rows[0]).toEqual({
      number: 1,
      columns: {
        iata: '00M',
        name: 'Thigpen',
        city: 'Bay Springs',
        state: 'MS',
        country: 'USA',
        latitude: '31.95376472',
        longitude: '-89.23450472',
      },
    })
    expect(rows.at(-1)).toEqual({
      number: 3376,
      columns: {
        iata: 'ZZV',
        name: 'Zanesville Municipal',
        city: 'Zanesville',
        state: 'OH',
        country: 'USA',
        latitude: '39.94445833',
        longitude: '-81.89210528',
      },
    })
  })

  it('gives the same rows from a workbook of the same table', async () => {
    const rows = await rowsOf(airports)
    const names = Object.keys(rows[0]?.columns ?? {})
    const numeric = new Set(['latitude', 'longitude'])
    const path = join(files.path, 'airports.xlsx')
    await writeExcelFile([
      names.map((value) => ({ value })),
      ...rows.map(({ columns }) =>
        names.map((name) => {
          const value = columns[name] ?? ''
          return numeric.has(name) ? { type: Number, value: Number(value) } : { type: String, value }
        }),
      ),
    ]).toFile(path)
    expect(await rowsOf(path)).toEqual(rows)
  })

  it('goes by the content of a file, not by its name', async () => {
    const path = files.write('rows.xlsx', 'a,b\n1,2\n')
    expect(await columnsOf(path)).toEqual([{ a: '1', b: '2' }])
    const sheet = `${headerRow('a')}<row>${inline('A2', 'x')}</row>`
    const book = files.write('rows.csv', workbook({ sheets: { Sheet1: sheet } }))
    expect(await columnsOf(book)).toEqual([{ a: 'x' }])
  })

  it.each(['CSV', 'XLSX'] as const)(
    'holds no more of a long %s file at its end than at its start',
    async (kind) => {
      const script = join(import.meta.dirname, 'memory.ts')
      const { stdout } = await promisify(execFile)(process.execPath, [
        '--expose-gc',
        '--import',
        'tsx',
        script,
        big[kind],
      ])
      const { rows, growth } = JSON.parse(stdout)
      expect(rows).toBe(60_000)
      expect(growth).toBeLessThan(4 * 1024 * 1024)
    },
  )

  it.each(['CSV', 'XLSX'] as const)('closes a %s file when the loop is left', async (kind) => {
    const before = openFiles()
    for await (const { number } of readRows(big[kind])) {
      if (number === 1) expect(openFiles()).toBeGreaterThan(before)
      if (number === 100) break
    }
    expect(openFiles()).toBe(before)
  })

  it('opens nothing before the first row is asked for', async () => {
    const before = openFiles()
    const rows = readRows(airports)
    expect(openFiles()).toBe(before)
    await rows.return()
    expect(openFiles()).toBe(before)
  })

  it("ends with the signal's reason, and the file closed", async () => {
    const before = openFiles()
    const controller = new AbortController()
    const reason = new Error('enough')
    const numbers: number[] = []
    const reading = async () => {
      for await (const { number } of readRows(airports, { signal: controller.signal })) {
        numbers.push(number)
        if (number === 3) controller.abort(reason)
      }
    }
    await expect(reading()).rejects.toBe(reason)
    expect(numbers).toEqual([1, 2, 3])
    expect(openFiles()).toBe(before)
    await expect(rowsOf(airports, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

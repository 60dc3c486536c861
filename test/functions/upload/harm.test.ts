import { afterAll, describe, expect, it } from '@jest/globals'
import { faultOf, folder, rowsOf } from './files.ts'
import { headerRow, type WorkbookParts, workbook } from './workbook.ts'

const files = folder()
afterAll(files.remove)

const sheet = 'xl/worksheets/sheet1.xml'

function xlsx(options: WorkbookParts): string {
  return files.write('a.xlsx', workbook(options))
}

function withRow(cells: string, strings = ''): string {
  return xlsx({ sheets: { Sheet1: `${headerRow('a')}<row r="2">${cells}</row>` }, strings })
}

function damaged(part: string, reason: string) {
  const fix = 'open it in a spreadsheet program and save it again as .xlsx'
  return ['ERR_INPUT', `[upload] a.xlsx: ${part} is damaged (${reason}): ${fix}`]
}

describe('a workbook made to do harm', () => {
  it.each([
    [
      'declares entities',
      '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>',
      'it has a document type declaration',
    ],
    ['uses an entity', '<x>&lol;</x>', 'undefined entity.'],
    ['nests its elements', '<x>'.repeat(300), 'its elements are nested more than 256 deep'],
    ['has a text without end', `<x>${' '.repeat(3 * 1024 * 1024)}</x>`, 'it has a text longer than 2 MiB'],
    [
      'has an attribute without end',
      `<x a="${' '.repeat(3 * 1024 * 1024)}"/>`,
      'it has a text longer than 2 MiB',
    ],
  ])('is refused when it %s', async (_name, xml, reason) => {
    expect(await faultOf(xlsx({ parts: { [sheet]: xml } }))).toEqual(damaged(sheet, reason))
  })

  it.each([
    ['one text', `<t>${'a'.repeat(1024 * 1024 + 1)}</t>`],
    ['many runs', `<r><t>${'a'.repeat(64 * 1024)}</t></r>`.repeat(17)],
  ])('is refused when a cell is longer than 1 MiB by %s', async (_name, runs) => {
    const reason = 'it has a cell with more than 1 MiB of text'
    const own = withRow(`<c r="A2" t="inlineStr"><is>${runs}</is></c>`)
    expect(await faultOf(own)).toEqual(damaged(sheet, reason))
    const shared = withRow('<c r="A2" t="s"><v>0</v></c>', `<si>${runs}</si>`)
    expect(await faultOf(shared)).toEqual(damaged('xl/sharedStrings.xml', reason))
  })

  it.each([
    ['a cell past the last column', '<c r="XFE2"><v>1</v></c>', 'row 2 has a cell past column XFD'],
    ['cells without end', '<c/>'.repeat(16_385), 'row 2 has a cell past column XFD'],
    ['a reference that is none', '<c r="2"><v>1</v></c>', 'a cell has the reference "2"'],
    ['a text that is not there', '<c r="A2" t="s"><v>7</v></c>', 'a cell refers to text 7 of 0'],
  ])('is refused when it has %s', async (_name, cells, reason) => {
    expect(await faultOf(withRow(cells))).toEqual(damaged(sheet, reason))
  })

  it('takes the last column that there is', async () => {
    const [row] = await rowsOf(withRow('<c r="A2"><v>1</v></c><c r="XFD2"><v>2</v></c>'))
    expect(row?.extra).toHaveLength(16_383)
  })

  it('is refused when its description goes on without end', async () => {
    const styles = `<x>${`<xf a="${' '.repeat(1024 * 1024)}"/>`.repeat(65)}</x>`
    const path = xlsx({ parts: { 'xl/styles.xml': styles } })
    expect(await faultOf(path)).toEqual(damaged('xl/styles.xml', 'it is longer than 64 MiB'))
  })
})

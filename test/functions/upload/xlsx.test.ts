import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import writeExcelFile from 'write-excel-file/node'
import { anyCodePoint } from '../../core/characters.ts'
import { columnsOf, folder, rowsOf } from './files.ts'
import { headerRow, inline, type WorkbookParts, workbook, workbookParts, zip } from './workbook.ts'

const files = folder()
afterAll(files.remove)

function xlsx(options: WorkbookParts): string {
  return files.write('a.xlsx', workbook(options))
}

/** A workbook with one row: the cell `A2` of this XML, and beside it one that is filled. */
function withCell(cell: string, options: WorkbookParts = {}): string {
  return xlsx({
    sheets: { Sheet1: `${headerRow('a', 'b')}<row r="2">${cell}<c r="B2"><v>1</v></c></row>` },
    ...options,
  })
}

async function cellOf(cell: string, options?: WorkbookParts): Promise<string | undefined> {
  const [row] = await columnsOf(withCell(cell, options))
  return row?.a
}

describe('a workbook', () => {
  it('of a real writer gives texts, numbers, dates and booleans', async () => {
    const path = join(files.path, 'real.xlsx')
    const when = new Date(Date.UTC(2024, 0, 31, 13, 45))
    await writeExcelFile([
      ['name', 'price', 'when', 'day', 'sold', 'none'].map((value) => ({ value })),
      [
        { type: String, value: ' Zoë <&> "😀"\nSmith ' },
        { type: Number, value: 0.1, format: '0.00 "€"' },
        { type: Date, value: when, format: 'dd/mm/yyyy hh:mm' },
        { type: Date, value: new Date(Date.UTC(2024, 1, 29)), format: 'd mmm yyyy' },
        { type: Boolean, value: true },
        null,
      ],
    ]).toFile(path)
    expect(await rowsOf(path)).toEqual([
      {
        number: 1,
        columns: {
          name: ' Zoë <&> "😀"\nSmith ',
          price: '0.1',
          when: '2024-01-31T13:45:00',
          day: '2024-02-29',
          sold: 'TRUE',
        },
      },
    ])
  })

  it('puts sparse cells in the columns that they name, and skips and counts rows with nothing in them', async () => {
    const path = xlsx({
      sheets: {
        Sheet1: `${headerRow('a', 'b', 'c')}
          <row r="2"><c r="C2"><v>1</v></c></row>
          <row r="3"><c r="A3" s="0"/><c r="B3" t="inlineStr"><is><t> </t></is></c></row>
          <row r="7"><c r="B7"><v>2</v></c><c r="AB7"><v>3</v></c></row>
          <row r="8"/>`,
      },
    })
    const extra = [...Array.from({ length: 24 }, () => ''), '3']
    expect(await rowsOf(path)).toEqual([
      { number: 1, columns: { c: '1' } },
      { number: 6, columns: { b: '2' }, extra },
    ])
  })

  it('needs no references, and no header in its first row', async () => {
    const rows = `<row r="4"><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row><row><c><v>1</v></c><c><v>2</v></c></row>`
    expect(await rowsOf(xlsx({ sheets: { Sheet1: rows } }))).toEqual([
      { number: 1, columns: { a: '1', b: '2' } },
    ])
  })

  it('has no rows when it has a header only', async () => {
    expect(await rowsOf(xlsx({ sheets: { Sheet1: headerRow('a') } }))).toEqual([])
  })

  it.each([
    ['a plain text', '<si><t>one</t></si>', 'one'],
    [
      'rich text runs',
      '<si><r><rPr><b/></rPr><t>one</t></r><r><t xml:space="preserve"> two</t></r></si>',
      'one two',
    ],
    [
      'a phonetic run',
      '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si>',
      '東京',
    ],
    ['a character section', '<si><t><![CDATA[<one>]]> two</t></si>', '<one> two'],
    ['escaped characters', '<si><t>a_x000D_b_x005F_x000D_c_x00e9_</t></si>', 'a\rb_x000D_cé'],
    ['nothing', '<si/>', ''],
  ])('takes shared strings with %s', async (_name, strings, value) => {
    expect(await cellOf('<c r="A2" t="s"><v>0</v></c>', { strings })).toBe(value)
  })

  it.each([
    [
      'an inline string',
      '<c r="A2" t="inlineStr"><is><r><t>a&amp;</t></r><r><t>&#98;_x0041_</t></r></is></c>',
      'a&bA',
    ],
    ['a formula that gives a text', '<c r="A2" t="str"><f>B1&amp;"x"</f><v>x</v></c>', 'x'],
    ['a formula that gives an empty text', '<c r="A2" t="str"><f>""</f><v></v></c>', ''],
    ['a formula that gives a number', '<c r="A2"><f>1+1</f><v>2</v></c>', '2'],
    ['a formula that was never calculated', '<c r="A2"><f>1+1</f></c>', undefined],
    ['true', '<c r="A2" t="b"><v>1</v></c>', 'TRUE'],
    ['false', '<c r="A2" t="b"><v>0</v></c>', 'FALSE'],
    ['an error', '<c r="A2" t="e"><v>#DIV/0!</v></c>', '#DIV/0!'],
    ['an ISO date', '<c r="A2" t="d"><v>2024-01-31T13:45:00Z</v></c>', '2024-01-31T13:45:00Z'],
    ['a number with all the digits of Excel', '<c r="A2"><v>0.10000000000000001</v></c>', '0.1'],
    ['a number in scientific notation', '<c r="A2"><v>1.5E-3</v></c>', '0.0015'],
    ['a whole number past 2^53', '<c r="A2" t="n"><v>9007199254740993</v></c>', '9007199254740993'],
  ])('gives %s', async (_name, cell, value) => {
    expect(await cellOf(cell)).toBe(value)
  })

  it.each([
    [14, '45322', '2024-01-31'],
    [14, '45322.5', '2024-01-31T12:00:00'],
    [22, '45322', '2024-01-31T00:00:00'],
    [22, '45322.572916666664', '2024-01-31T13:45:00'],
    [20, '0.572916666666667', '13:45:00'],
    [20, '45322.25', '2024-01-31T06:00:00'],
    [46, '1.5', '36:00:00'],
    [47, '0.000011574074074', '00:00:01'],
    [31, '45322', '2024-01-31'],
    ['yyyy-mm-dd', '1', '1900-01-01'],
    ['yyyy-mm-dd', '59', '1900-02-28'],
    ['yyyy-mm-dd', '60', '60'],
    ['yyyy-mm-dd', '61', '1900-03-01'],
    ['yyyy-mm-dd', '0', '0'],
    ['yyyy-mm-dd', '-1', '-1'],
    ['yyyy-mm-dd', '2958465', '9999-12-31'],
    ['yyyy-mm-dd', '2958466', '2958466'],
    ['dd.mm.yy hh:mm:ss.000', '45322.5729180556', '2024-01-31T13:45:00.120'],
    ['[$-409]mmmm d, yyyy;@', '45322', '2024-01-31'],
    ['[$-F400]h:mm:ss AM/PM', '0.5', '12:00:00'],
    ['mmm', '45322', '2024-01-31'],
    ['[mm]:ss', '0.0625', '01:30:00'],
    ['"day" 0', '5', '5'],
    ['0.00\\d', '5.50', '5.5'],
    ['[Red]#,##0.00_);[Blue](0.00)', '1234.5', '1234.5'],
    ['0.00E+00', '12345', '12345'],
    ['General', '45322', '45322'],
    ['@', '45322', '45322'],
    [10, '0.25', '0.25'],
  ])('shows a number with the format %j: %s → %s', async (format, number, value) => {
    expect(await cellOf(`<c r="A2" s="0"><v>${number}</v></c>`, { formats: [format] })).toBe(value)
  })

  it('may count its dates from 1904', async () => {
    const dates = { formats: ['yyyy-mm-dd'], date1904: true }
    expect(await cellOf('<c r="A2" s="0"><v>0</v></c>', dates)).toBe('1904-01-01')
    expect(await cellOf('<c r="A2" s="0"><v>43860</v></c>', dates)).toBe('2024-01-31')
  })

  it('is read from its first visible worksheet, or from the one that is asked for', async () => {
    const sheet = (text: string) => `${headerRow('a')}<row r="2">${inline('A2', text)}</row>`
    const path = xlsx({
      sheets: { Secret: sheet('hidden'), Main: sheet('first'), 'Q1 &amp; Q2': sheet('second') },
      attributes: { Secret: 'state="veryHidden"' },
    })
    expect(await columnsOf(path)).toEqual([{ a: 'first' }])
    expect(await columnsOf(path, { sheet: 'Q1 & Q2' })).toEqual([{ a: 'second' }])
    expect(await columnsOf(path, { sheet: 'secret' })).toEqual([{ a: 'hidden' }])
  })

  it('may use namespace prefixes, other part names, and the strict dialect', async () => {
    const parts = workbookParts({})
    const rels = parts['xl/_rels/workbook.xml.rels'] ?? ''
    const path = files.write(
      'a.xlsx',
      zip({
        '_rels/.rels': (parts['_rels/.rels'] ?? '')
          .replaceAll(
            'http://schemas.openxmlformats.org/officeDocument/2006',
            'http://purl.oclc.org/ooxml/officeDocument',
          )
          .replace('xl/workbook.xml', '/Book/Main.XML'),
        'book/main.xml':
          '<x:workbook xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheets><x:sheet name="One" sheetId="1" y:id="rId1" xmlns:y="u"/></x:sheets></x:workbook>',
        'book/_rels/main.xml.rels': rels.replace('worksheets/sheet1.xml', '../sheets/1.xml'),
        'sheets/1.xml':
          '<x:worksheet xmlns:x="u"><x:sheetData><x:row><x:c t="str"><x:v>a</x:v></x:c></x:row><x:row><x:c><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>',
      }),
    )
    expect(await columnsOf(path)).toEqual([{ a: '1' }])
  })

  it('is not taken in by cells outside of its data', async () => {
    const { 'xl/worksheets/sheet1.xml': sheet = '', ...parts } = workbookParts({
      sheets: { S: headerRow('a') },
    })
    const trap = '<extLst><ext><row r="9"><c r="A9"><v>1</v></c></row></ext></extLst></worksheet>'
    const path = files.write(
      'a.xlsx',
      zip({ ...parts, 'xl/worksheets/sheet1.xml': sheet.replace('</worksheet>', trap) }),
    )
    expect(await rowsOf(path)).toEqual([])
  })

  it('gives any text back as it was written', async () => {
    const text = fc
      .string({ unit: anyCodePoint, minLength: 1 })
      .filter((text) => !/\p{Surrogate}/u.test(text) && /\S/.test(text))
    const escaped = (value: string) =>
      value.replace(/[^ -~]|[&<>_]/gu, (character) => {
        const code = character.codePointAt(0) ?? 0
        const isXml = code === 9 || code === 10 || (code >= 32 && code < 0xfffe) || code > 0xffff
        if (character === '_') return '_x005F_'
        return isXml ? `&#${code};` : `_x${code.toString(16).padStart(4, '0')}_`
      })
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(await cellOf(inline('A2', escaped(value)))).toBe(value)
      }),
      { numRuns: 100 },
    )
  })
})

import { devNull } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { readRows } from '../../../functions/upload/rows.ts'
import { faultOf, folder, openFiles } from './files.ts'
import { headerRow, inline, workbook, workbookParts, zip } from './workbook.ts'

const files = folder()
afterAll(files.remove)

const kib64 = 'a,b\n'.repeat(16 * 1024)
const firstLine = 'name the columns in the first line and put the rows below it'
const asUtf8 = 'save it as "CSV UTF-8", or as XLSX'
const asXlsx = 'save it as .xlsx, or as "CSV UTF-8"'
const exportIt = 'export it from its program as CSV (UTF-8) or XLSX'

/** The start of an OLE compound file, and its directory in the second of its sectors of 512 bytes. */
function compoundFile(...streams: readonly string[]): Buffer {
  const bytes = Buffer.alloc(4 * 512)
  bytes.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
  bytes.writeUInt16LE(9, 30)
  bytes.writeUInt32LE(1, 48)
  for (const [index, name] of streams.entries()) bytes.write(name, 1024 + 128 * index, 'utf16le')
  return bytes
}

/** Sets the flag of an encrypted entry in the zip's directory. */
function locked(bytes: Uint8Array): Uint8Array {
  const directory = Buffer.from(bytes).indexOf('PK\x01\x02')
  return bytes.map((byte, index) => (index === directory + 8 ? byte | 1 : byte))
}

/** Changes one byte of the text that a sheet holds, stored without compression. */
function tampered(): Uint8Array {
  const parts = workbookParts({ sheets: { S: `${headerRow('a')}<row r="2">${inline('A2', 'truth')}</row>` } })
  const bytes = Buffer.from(zip(parts, { level: 0 }))
  bytes.write('lies.', bytes.indexOf('truth'))
  return bytes
}

const missingSheet = workbook({ parts: { 'xl/worksheets/sheet1.xml': undefined } })
const binaryBook = zip({
  '_rels/.rels': (workbookParts({})['_rels/.rels'] ?? '').replace('workbook.xml', 'workbook.bin'),
  'xl/workbook.bin': '...',
})
const document = workbook({ parts: { 'xl/workbook.xml': '<document/>' } })

describe('a file is refused', () => {
  it.each<[string, string | Uint8Array, string, string]>([
    ['it is empty', '', 'is empty', firstLine],
    ['it has blank lines only', '\uFEFF \n,\n\n', 'holds no header', firstLine],
    ['it is binary', Buffer.from([1, 2, 0, 3]), 'is not a text file', exportIt],
    ['it is binary without a zero', Buffer.from([0x1f, 0x8b, 8, 1, 0xff]), 'is not a text file', exportIt],
    ['it turns binary within 64 KiB', `${kib64.slice(1)}\0`, 'is not a text file', exportIt],
    ['it is UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), 'is not a text file', exportIt],
    [
      'it is Latin-1',
      Buffer.from('a,b\n1,Zo\xEB\n', 'latin1'),
      'is not UTF-8 text (Latin-1 or Windows-1252, it seems)',
      asUtf8,
    ],
    [
      'it turns Latin-1 after 64 KiB',
      Buffer.concat([Buffer.from(kib64), Buffer.from('1,Zo\xEB\n', 'latin1')]),
      'is not UTF-8 text somewhere from line 16384 on',
      asUtf8,
    ],
    [
      'it ends inside a character',
      Buffer.from('a,b\n1,€').subarray(0, -1),
      'is not UTF-8 text somewhere from line 1 on',
      asUtf8,
    ],
    [
      'it ends inside a character of UTF-16',
      Buffer.from('\uFEFFa,b\n1,2', 'utf16le').subarray(0, -1),
      'is not UTF-16LE text somewhere from line 1 on',
      asUtf8,
    ],
    [
      'it is a page',
      ' <!DOCTYPE html><table>',
      'is a page of HTML or XML',
      'open it in a spreadsheet program and save it as CSV or XLSX',
    ],
    [
      'it is an old Excel file',
      compoundFile('Root Entry', 'Workbook'),
      'is an Excel file of before 2007 (.xls)',
      asXlsx,
    ],
    [
      'it is cut off after the mark of one',
      compoundFile().subarray(0, 8),
      'is an Excel file of before 2007 (.xls)',
      asXlsx,
    ],
    [
      'it has a password',
      compoundFile('Root Entry', 'DataSpaces', 'EncryptionInfo', 'EncryptedPackage'),
      'is protected by a password',
      'open it, remove the password and save it again',
    ],
    [
      'it is a zip with a password',
      locked(workbook({})),
      'is protected by a password',
      'unpack it and give the file inside',
    ],
    [
      'it is a zip cut short',
      workbook({}).subarray(0, -100),
      'is a zip file that is damaged or cut short (End of central directory record signature not found. Either not a zip file, or file is truncated.)',
      'fetch it again, or save the workbook again as .xlsx',
    ],
    [
      'it is any other zip',
      zip({ 'a.csv': 'a,b' }),
      'is a zip file but no workbook',
      'give an .xlsx file, or the CSV file inside it',
    ],
    [
      'it is a zip with nothing in it',
      zip({}),
      'is a zip file but no workbook',
      'give an .xlsx file, or the CSV file inside it',
    ],
    [
      'it is another document',
      document,
      'is a zip file but no workbook',
      'give an .xlsx file, or the CSV file inside it',
    ],
    [
      'it is an OpenDocument file',
      zip({ mimetype: '', 'content.xml': '' }),
      'is an OpenDocument file',
      asXlsx,
    ],
    ['it is a binary workbook', binaryBook, 'is a binary workbook (.xlsb)', asXlsx],
    [
      'its sheet is missing',
      missingSheet,
      'is damaged (the sheet "Sheet1" is missing)',
      'save the workbook again as .xlsx',
    ],
    ['it has no sheet', workbook({ sheets: {} }), 'has no worksheet', 'put the rows in a worksheet'],
    ['its sheet is blank', workbook({}), 'holds no header', firstLine],
    [
      'a byte of it was changed',
      tampered(),
      'xl/worksheets/sheet1.xml is damaged (its checksum is wrong)',
      'open it in a spreadsheet program and save it again as .xlsx',
    ],
    [
      'a quote is never closed',
      'a,b\n"1\r\n2",3\n4,"5\n6,7\n',
      'the row at line 4 has a quote that is never closed',
      'close it, or write "" for a quote inside a quoted cell',
    ],
    [
      'a quote takes in the rest of a long file',
      `a,b\n1,2\n3,"${'x'.repeat(5 * 1024 * 1024)}`,
      'the row at line 3 is longer than 4 MiB',
      'look for a quote in it that is never closed',
    ],
    [
      'a row has more cells than a sheet has columns',
      `a,b\n1,2\n${','.repeat(16_384)}\n3,4\n`,
      'the row at line 3 has more than 16,384 cells',
      'look for a line break that is missing in it, or leave columns out',
    ],
    [
      'its header has more columns than a sheet',
      Array.from({ length: 16_385 }, (_, index) => `c${index}`).join(),
      'the row at line 1 has more than 16,384 cells',
      'look for a line break that is missing in it, or leave columns out',
    ],
    [
      'a quote stands inside a cell',
      'a,b\n1,2\n3,5" pipe\n',
      'the row at line 3 has a quote inside a cell',
      'put the whole cell in quotes and write "" for each quote inside it',
    ],
    [
      'a quoted cell goes on after its quote',
      'a,b\n1,2\n3,"5" pipe\n',
      'the row at line 3 has a quote inside a cell',
      'put the whole cell in quotes and write "" for each quote inside it',
    ],
    [
      'two columns have one name',
      'id,name, id \n',
      'columns 1 and 3 are both named "id"',
      'give each column a name of its own in the header line',
    ],
    [
      'a column has no name',
      'id,,name\n',
      'column 2 has no name',
      'name it in the header line, or delete the column',
    ],
    [
      'a column has a name that an object cannot hold',
      'id,__proto__\n',
      'column 2 is named "__proto__"',
      'give it a name that an object can hold',
    ],
    [
      'two columns of a sheet have one name',
      workbook({ sheets: { S: headerRow('a', 'b', 'b') } }),
      'columns 2 and 3 are both named "b"',
      'give each column a name of its own in the header line',
    ],
  ])('when %s', async (_name, content, what, fix) => {
    const before = openFiles()
    const path = files.write('a.csv', content)
    expect(await faultOf(path)).toEqual(['ERR_INPUT', `[upload] a.csv: ${what}: ${fix}`])
    expect(openFiles()).toBe(before)
  })

  it('when it is not there', async () => {
    const path = join(files.path, 'none.csv')
    const message = `[upload] none.csv: there is no such file: check the path ${JSON.stringify(path)}`
    expect(await faultOf(path)).toEqual(['ERR_INPUT', message])
  })

  it('when it is a folder', async () => {
    const message = expect.stringMatching(/^\[upload] waybill-upload-\w+: is a folder: give one file in it$/)
    expect(await faultOf(files.path)).toEqual(['ERR_INPUT', message])
  })

  it('when it is a device', async () => {
    const message = '[upload] null: is not a regular file: write its content to a file first'
    expect(await faultOf(devNull)).toEqual(['ERR_INPUT', message])
  })

  it('when it cannot be opened', async () => {
    const name = 'a'.repeat(300)
    const message = `[upload] ${name}: cannot be opened (ENAMETOOLONG): check the path and its permissions`
    expect(await faultOf(join(files.path, name))).toEqual(['ERR_INPUT', message])
  })

  it('when it has no sheet of the name that is asked for', async () => {
    const path = files.write('a.xlsx', workbook({ sheets: { Prices: '', 'Q1 &amp; Q2': '' } }))
    const message = '[upload] a.xlsx: has no sheet "Stock": its sheets are "Prices", "Q1 & Q2"'
    expect(await faultOf(path, { sheet: 'Stock' })).toEqual(['ERR_INPUT', message])
  })

  it.each([
    ['', '""'],
    ['"', '"\\""'],
    ['\n', '"\\n"'],
  ])('when its cells are to be parted by %j', async (delimiter, shown) => {
    const path = files.write('a.csv', 'a,b\n')
    const message = `[upload] a.csv: the delimiter ${shown} cannot part cells: give one character, such as "," or ";" or a tab`
    expect(await faultOf(path, { delimiter })).toEqual(['ERR_INPUT', message])
  })

  it('only at its fault: the rows above it are given', async () => {
    const path = files.write('a.csv', 'a\n1\n2\n3"\n4\n')
    const rows = readRows(path)
    expect((await rows.next()).value).toEqual({ number: 1, columns: { a: '1' } })
    expect((await rows.next()).value).toEqual({ number: 2, columns: { a: '2' } })
    await expect(rows.next()).rejects.toThrow('the row at line 4 has a quote inside a cell')
  })
})

import type { Input } from './input.ts'
import type { Line } from './line.ts'
import { openArchive } from './xlsx/archive.ts'
import { readSharedStrings } from './xlsx/shared-strings.ts'
import { sheetLines } from './xlsx/sheet.ts'
import { readDateStyles } from './xlsx/styles.ts'
import { readWorkbook, sheetOf } from './xlsx/workbook.ts'

/**
 * The lines of one sheet of an XLSX workbook, a batch for each piece that is read; the workbook's shared strings are
 * held meanwhile.
 *
 * @throws WaybillError `ERR_INPUT` when it is no workbook, damaged, protected, or has no such sheet.
 */
export async function* xlsxLines({ path, handle }: Input, sheetName?: string): AsyncGenerator<Line[]> {
  const archive = await openArchive(path, handle)
  const workbook = await readWorkbook(path, archive)
  const { part } = sheetOf(path, workbook, sheetName)
  yield* sheetLines(part, {
    strings: workbook.sharedStrings ? await readSharedStrings(workbook.sharedStrings) : [],
    dateStyles: workbook.styles ? await readDateStyles(workbook.styles) : [],
    date1904: workbook.date1904,
  })
}

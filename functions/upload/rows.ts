import { csvLines } from './csv.ts'
import { type Header, headerOf } from './header.ts'
import { openInput } from './input.ts'
import { isFilled, type Line, withoutEmptyEnd } from './line.ts'
import { unreadable } from './unreadable.ts'
import { xlsxLines } from './xlsx.ts'

/** One row of data, its cells by column name. */
export interface Row {
  /** 1-based place below the header, as a spreadsheet program shows it: blank rows are counted, not yielded. */
  readonly number: number
  /** In the header's order, but for names that are whole numbers, which come first. A cell that is not there (a short line, a sheet's empty cell) has no key. */
  readonly columns: Readonly<Record<string, string>>
  /**
   * Cells past the last named column, up to the last filled one; absent when there are none. A row that has them
   * probably holds a delimiter that should be in quotes, so its columns may be shifted.
   */
  readonly extra?: readonly string[]
}

export interface ReadOptions {
  /** A workbook's sheet, by name, in any case. Default: the first visible sheet. CSV has none and ignores it. */
  readonly sheet?: string
  /** What parts the cells of a CSV line. Default: the most frequent of `,` `;` tab `|` in the header line. */
  readonly delimiter?: string
  /** The folder that the file must lie in, links followed. Default: it may lie anywhere. */
  readonly directory?: string | undefined
  /** Ends the reading: its reason is thrown in place of the next row. */
  readonly signal?: AbortSignal
}

/**
 * Reads the rows of a CSV or XLSX file one by one. The content decides which of the two it is, not the name.
 *
 * The first line with a filled cell is the header. Memory stays the same for a file of any size, with one
 * exception that the format forces: the texts of a workbook are in a table of their own (`sharedStrings`), which is
 * held while its rows are read. The file is open from the first `next()` until the rows end or the loop is left.
 *
 * - CSV (RFC 4180): UTF-8, or UTF-16 with a byte order mark; quoted cells may hold line breaks; rows to 4 MiB
 *   and 16,384 cells.
 * - XLSX (ECMA-376 part 1): a number is given as it is stored, not as it is formatted; a date as ISO 8601 without a
 *   zone (`2024-01-31`, `2024-01-31T13:45:00`, `13:45:00`), a boolean as `TRUE` or `FALSE`, an error as its text
 *   (`#N/A`), a formula as its last calculated value. Hidden rows and columns are read, merged cells are not filled.
 *
 * @throws WaybillError `ERR_INPUT`: no such file, outside `directory`, not a table, damaged, protected, or a header that cannot name the
 * columns. A file with a header and nothing below it is no error: it has no rows.
 */
export async function* readRows(
  path: string,
  options: ReadOptions = {},
): AsyncGenerator<Row, void, undefined> {
  options.signal?.throwIfAborted()
  const input = await openInput(path, options.directory)
  try {
    const batches =
      input.kind === 'workbook'
        ? xlsxLines(input, options.sheet)
        : csvLines(input, input.kind, options.delimiter)
    let header: Header | undefined
    for await (const lines of batches) {
      for (const line of lines) {
        options.signal?.throwIfAborted()
        if (!isFilled(line)) continue
        if (header === undefined) header = headerOf(path, line)
        else yield rowOf(header, line)
      }
    }
    if (header === undefined) {
      throw unreadable(
        path,
        'holds no header',
        'name the columns in the first line and put the rows below it',
      )
    }
  } finally {
    await input.handle.close()
  }
}

function rowOf(header: Header, { number, cells }: Line): Row {
  const { names } = header
  const columns: Record<string, string> = {}
  // Two bytes of a file may be a row: it must not cost what its header does.
  const last = Math.min(names.length, cells.length)
  for (let index = 0; index < last; index++) {
    const name = names[index]
    const cell = cells[index]
    if (name !== undefined && cell !== undefined) columns[name] = cell
  }
  const row = { number: number - header.number, columns }
  if (cells.length <= names.length) return row
  const extra = withoutEmptyEnd(cells.slice(names.length)).map((cell) => cell ?? '')
  return extra.length === 0 ? row : { ...row, extra }
}

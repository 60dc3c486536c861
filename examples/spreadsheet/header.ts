import { basename } from 'node:path'
import * as z from 'zod'
import { nearest } from '../../adapters/index.ts'
import { UsageError } from '../../cli/report.ts'
import { csvLines } from '../../functions/upload/csv.ts'
import { headerOf } from '../../functions/upload/header.ts'
import { openInput } from '../../functions/upload/input.ts'
import { isFilled } from '../../functions/upload/line.ts'
import { xlsxLines } from '../../functions/upload/xlsx.ts'
import { describe, type Settings } from './settings.ts'

const shownColumns = 20

/** Columns that `extract-subset` is told of; what else is wrong with its options it says itself. */
const named = z.object({
  columns: z.record(z.string(), z.string()).catch({}),
  required: z.array(z.string()).catch([]),
})

/**
 * The columns of the file, none where it holds no header. Throws `ERR_INPUT` where it cannot be read, and a `UsageError`
 * for an option that this kind of file has no use for.
 */
export async function readHeader({ path, sheet, delimiter }: Settings): Promise<readonly string[]> {
  const input = await openInput(path)
  try {
    const isWorkbook = input.kind === 'workbook'
    if (isWorkbook && delimiter !== undefined) throw unfit(path, 'an XLSX file', 'delimiter')
    if (!isWorkbook && sheet !== undefined) throw unfit(path, 'a CSV file', 'sheet')
    const batches =
      input.kind === 'workbook' ? xlsxLines(input, sheet) : csvLines(input, input.kind, delimiter)
    for await (const lines of batches) {
      const line = lines.find(isFilled)
      if (line !== undefined) return headerOf(path, line).names
    }
    return []
  } finally {
    await input.handle.close()
  }
}

/** Throws a `UsageError` where `extract-subset` is told of columns that the file has not. */
export function refuseUnknownColumns(settings: Settings, header: readonly string[], subset: unknown): void {
  const { columns, required } = named.parse(subset ?? {})
  const unknown = new Set([...Object.values(columns), ...required].filter((name) => !header.includes(name)))
  if (unknown.size === 0 || header.length === 0) return
  const missing = [...unknown]
  const near = [...new Set(missing.flatMap((name) => nearest(name, header) ?? []))]
  const what = `no column${missing.length === 1 ? '' : 's'} ${quoted(missing)} in ${describe(settings)}`
  const more = header.length - shownColumns
  const all = `${header.slice(0, shownColumns).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const meant = near.length === 0 ? 'correct the names.' : `did you mean ${quoted(near)}?`
  throw new UsageError(`${what}: ${meant} It has: ${all}`)
}

function unfit(path: string, kind: string, option: string): UsageError {
  return new UsageError(`${basename(path)} is ${kind}, which has no ${option}: leave out --${option}`)
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}

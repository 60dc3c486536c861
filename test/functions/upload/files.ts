import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ReadOptions, type Row, readRows } from '../../../functions/upload/rows.ts'

/** A new folder for the files of one suite. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'waybill-upload-'))
  return {
    path,
    /** Writes a file and returns its path. */
    write(name: string, content: string | Uint8Array): string {
      const file = join(path, name)
      writeFileSync(file, content)
      return file
    },
    remove: () => rmSync(path, { recursive: true }),
  }
}

export async function rowsOf(path: string, options?: ReadOptions): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of readRows(path, options)) rows.push(row)
  return rows
}

/** Only the cells, by column. */
export async function columnsOf(path: string, options?: ReadOptions) {
  return (await rowsOf(path, options)).map(({ columns }) => columns)
}

/** The code and message of what reading a file throws; the rows above the fault are dropped. */
export async function faultOf(
  path: string,
  options?: ReadOptions,
): Promise<[code: unknown, message: string]> {
  try {
    await rowsOf(path, options)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [error.code, error.message]
    throw error
  }
  throw new Error('it was read')
}

export function openFiles(): number {
  return readdirSync('/dev/fd').length
}

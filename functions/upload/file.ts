import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import * as z from 'zod'
import { TerminalError } from '../../adapters/core/index.ts'

const submitted = z.object({
  path: z.string().min(1),
  sheet: z.string().min(1).optional(),
  delimiter: z.string().length(1).optional(),
})

/** A file as an event names it. */
export interface SubmittedFile {
  readonly path: string
  readonly sheet?: string
  readonly delimiter?: string
  /** The file's name, with `#sheet` where one was named, so that two sheets do not pass for the same rows. */
  readonly label: string
}

/**
 * The file that an event's data name, by its path from `directory`. Throws a `TerminalError` where they name none; whether
 * it may and can be read shows when it is.
 */
export function fileOf(data: unknown, directory = '.'): SubmittedFile {
  const checked = submitted.safeParse(data)
  if (!checked.success) {
    const [issue] = checked.error.issues
    const place = issue?.path.length === 0 || issue === undefined ? '' : ` ("${issue.path.join('.')}")`
    throw new TerminalError(
      `the data name no file${place}: send { "path": "…" }, with the name of a "sheet" or the "delimiter" where needed`,
    )
  }
  const { path: written, sheet, delimiter } = checked.data
  const path = resolve(directory, written)
  const name = basename(path)
  return {
    path,
    label: sheet === undefined ? name : `${name}#${sheet}`,
    ...(sheet !== undefined && { sheet }),
    ...(delimiter !== undefined && { delimiter }),
  }
}

/** The same text for the same content, as far as path, size and time of change tell. */
export async function identityOf({ path, sheet, delimiter }: SubmittedFile): Promise<string> {
  const { size, mtimeMs } = await stat(path)
  const parts = JSON.stringify([path, size, mtimeMs, sheet ?? null, delimiter ?? null])
  return createHash('sha256').update(parts).digest('hex').slice(0, 16)
}

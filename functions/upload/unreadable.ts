import { basename } from 'node:path'
import { WaybillError } from '../../adapters/core/errors.ts'

/**
 * The one error for a file that cannot be read as rows, with the code `ERR_INPUT`:
 * `[upload] <file name>: <what is wrong>: <how to mend it>`.
 */
export function unreadable(path: string, what: string, fix: string, cause?: unknown): WaybillError {
  return new WaybillError('ERR_INPUT', `${basename(path)}: ${what}: ${fix}`, { adapter: 'upload', cause })
}

import { statSync } from 'node:fs'
import { WaybillError } from '../adapters/core/errors.ts'

/** Throws `ERR_INPUT` where the file that an option names is not there, or is a folder. `-` is standard input. */
export function checkInput(file: string, option: string): void {
  if (file === '-') return
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) throw refused(`no file ${file}: correct the path given with ${option}`)
  if (found.isDirectory()) throw refused(`${file} is a folder: name a file with ${option}`)
}

function refused(text: string): WaybillError {
  return new WaybillError('ERR_INPUT', text)
}

import {
  type CloudEvent,
  codeOf,
  createEvent,
  type Handler,
  messageOf,
  TerminalError,
} from '../../adapters/core/index.ts'
import { parseOptions } from '../options.ts'
import { fileOf, identityOf, type SubmittedFile } from './file.ts'
import { type UploadOptions, uploadOptions } from './options.ts'
import { type Row, readRows } from './rows.ts'

export type { UploadOptions } from './options.ts'

/** The type of the events that `upload` takes: their data are `{ path, sheet?, delimiter? }`. */
export const fileSubmitted = 'dev.waybill.file.submitted'
/** The type of the events that it returns: their data are the row's cells by column, as texts. */
export const rowType = 'dev.waybill.row'

const sequenceDigits = 10 // of 2^31 − 1, so that texts sort as numbers do

/**
 * Reads a CSV or XLSX file and returns an event for each row, as it goes. Subject and key are the file's name (with
 * `#sheet` where a sheet was named); `row` and `sequence` are its number. Cells that hold nothing have no key in the data,
 * so that CSV and XLSX of one table give the same. Ids come from the file and the row, so a retry repeats them.
 *
 * A file that cannot be read is dead-lettered. Reading takes as long as the file is, so give it `timeoutMs: 0`.
 * Throws `ERR_CONFIG` for wrong options.
 */
export function createHandler(options: UploadOptions = {}): Handler {
  const { directory } = parseOptions('upload', uploadOptions, options)
  return async function* upload({ id, type, time, data }, { signal }) {
    if (type !== fileSubmitted) {
      throw new TerminalError(`event ${id} is of type "${type}": upload takes "${fileSubmitted}"`)
    }
    const file = fileOf(data, directory)
    let identity: string | undefined
    try {
      for await (const row of readRows(file.path, { ...file, directory, signal })) {
        identity ??= await identityOf(file)
        yield rowEvent(file, `${identity}-${row.number}`, time, row)
      }
    } catch (cause) {
      throw codeOf(cause) === 'ERR_INPUT' ? new TerminalError(messageOf(cause), { cause }) : cause
    }
  }
}

function rowEvent({ label }: SubmittedFile, id: string, time: string | undefined, row: Row): CloudEvent {
  const { number, columns, extra } = row
  const filled = Object.entries(columns).filter(([, cell]) => cell !== '')
  return createEvent({
    type: rowType,
    source: '/functions/upload',
    id,
    time,
    subject: label,
    partitionkey: label,
    row: number,
    sequence: String(number).padStart(sequenceDigits, '0'),
    surplus: extra && asciiJson(extra),
    data: Object.fromEntries(filled),
  })
}

/** JSON that an attribute may hold: it has no control characters and nothing beyond ASCII. */
function asciiJson(cells: readonly string[]): string {
  return JSON.stringify(cells).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

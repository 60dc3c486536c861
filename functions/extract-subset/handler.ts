import { type CloudEvent, derive, type Handler, TerminalError } from '../../adapters/core/index.ts'
import { type Columns, isColumns } from '../columns.ts'
import { checkSubsetOptions, type ExtractSubsetOptions } from './options.ts'

export type { ExtractSubsetOptions } from './options.ts'

const shownColumns = 10

/**
 * Selects and renames the columns of a row; a cell that is not there stays absent. The event it returns keeps subject, key
 * and row number; its id is the original's with `/subset` behind it, so a retry repeats it. A row without a required
 * column, or with more cells than columns, is dead-lettered. Throws `ERR_CONFIG` for wrong options.
 */
export function createHandler(options: ExtractSubsetOptions = {}): Handler {
  const { columns, required = [], absent = [] } = checkSubsetOptions(options)
  const selected = columns && Object.entries(columns)
  return (event) => {
    const row = columnsOf(event)
    for (const name of required) {
      const fault = faultOf(row, name, absent)
      if (fault !== undefined) {
        throw new TerminalError(`column "${name}" is missing in ${placeOf(event)}: ${fault}`)
      }
    }
    const changes = { id: `${event.id}/subset`, time: event.time }
    if (selected === undefined) return derive(event, changes)
    const present = selected.filter(([, source]) => Object.hasOwn(row, source))
    const data = Object.fromEntries(present.map(([name, source]) => [name, row[source]]))
    return derive(event, { ...changes, data })
  }
}

function columnsOf(event: CloudEvent): Columns {
  const { data, surplus } = event
  if (!isColumns(data)) {
    throw new TerminalError(`the data of ${placeOf(event)} are no columns: send { "column": "value", … }`)
  }
  if (surplus !== undefined) {
    throw new TerminalError(
      `more cells than columns in ${placeOf(event)}: put quotes around cells that hold the delimiter`,
    )
  }
  return data
}

/** Why a column has no value, or `undefined` where it has one. */
function faultOf(row: Columns, name: string, absent: readonly string[]): string | undefined {
  const value = Object.hasOwn(row, name) ? row[name] : undefined
  if (value === undefined) return `the row has ${listed(Object.keys(row))}`
  if (value === null) return 'it is blank'
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (text === '') return 'it is blank'
  return absent.includes(text) ? `it holds "${text}"` : undefined
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'no columns'
  const more = names.length - shownColumns
  return `${names.slice(0, shownColumns).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function placeOf({ id, row, subject }: CloudEvent): string {
  if (subject === undefined) return `event ${id}`
  return row === undefined ? `event ${id} of ${subject}` : `row ${String(row)} of ${subject}`
}

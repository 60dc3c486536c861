import * as z from 'zod'
import { derive, type Handler, TerminalError } from '../../adapters/core/index.ts'
import { isColumns } from '../columns.ts'
import { parseOptions } from '../options.ts'

/** Settings of `uppercase`. */
export interface UppercaseOptions {
  /** Columns to change; others, and values that are no text, stay as they are. Default: all columns. */
  readonly columns?: readonly string[] | undefined
}

const schema = z
  .strictObject({ columns: z.array(z.string()).describe('a list of column names').optional() })
  .describe('{ columns }')

/**
 * Upper-cases the text of a row, the same in every locale. The event it returns keeps subject, key and row number; its
 * id is the original's with `/uppercase` behind it, so a retry repeats it. Throws `ERR_CONFIG` for wrong options.
 */
export function createHandler(options: UppercaseOptions = {}): Handler {
  const { columns: named } = parseOptions('uppercase', schema, options)
  const columns = named && new Set(named)
  return (event) => {
    const { data } = event
    if (!isColumns(data)) {
      throw new TerminalError(`the data of event ${event.id} are no columns: send { "column": "value", … }`)
    }
    const upper = Object.entries(data).map(([name, value]) => [
      name,
      typeof value === 'string' && (columns === undefined || columns.has(name)) ? value.toUpperCase() : value,
    ])
    return derive(event, { id: `${event.id}/uppercase`, time: event.time, data: Object.fromEntries(upper) })
  }
}

import * as z from 'zod'
import { derive, type Handler, nearest, TerminalError, WaybillError } from '../../adapters/core/index.ts'

/** Settings of `uppercase`. */
export interface UppercaseOptions {
  /** Columns to change; others, and values that are no text, stay as they are. Default: all columns. */
  readonly columns?: readonly string[] | undefined
}

const schema = z.strictObject(
  { columns: z.array(z.string(), { error: 'give a list of column names' }).optional() },
  {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return 'give { columns }'
      const [name = ''] = issue.keys
      return `unknown option "${name}": did you mean "${nearest(name, ['columns'])}"?`
    },
  },
)

/**
 * Upper-cases the text of a row, the same in every locale. The event it returns keeps subject, key and row number; its
 * id is the original's with `/uppercase` behind it, so a retry repeats it. Throws `ERR_CONFIG` for wrong options.
 */
export function createHandler(options: UppercaseOptions = {}): Handler {
  const columns = checkOptions(options)
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

function checkOptions(options: unknown): ReadonlySet<string> | undefined {
  const checked = schema.safeParse(options)
  if (checked.success) return checked.data.columns && new Set(checked.data.columns)
  const problems = checked.error.issues.map(({ path, message }) => [...path, message].join(': '))
  throw new WaybillError('ERR_CONFIG', problems.join('; '), { adapter: 'uppercase' })
}

function isColumns(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null && !Array.isArray(data) && !ArrayBuffer.isView(data)
}

import * as z from 'zod'
import { nearest, WaybillError } from '../../adapters/core/index.ts'

/** Settings of `extract-subset`. */
export interface ExtractSubsetOptions {
  /** New name to the column's name in the file; the order is that of the result. Default: all columns as they are. */
  readonly columns?: Readonly<Record<string, string>> | undefined
  /** Columns, by their names in the file, that must have a value. Default: none. */
  readonly required?: readonly string[] | undefined
  /** Texts that stand for "no value" in a required column, beside blank ones; `NA` for one. Default: none. */
  readonly absent?: readonly string[] | undefined
}

const known = ['columns', 'required', 'absent']
const texts = z.array(z.string().min(1), { error: 'give a list of texts' })
const schema = z.strictObject(
  {
    columns: z
      .record(z.string(), z.string().min(1), { error: "give { newName: 'column of the file' }" })
      .optional(),
    required: texts.optional(),
    absent: texts.optional(),
  },
  {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return 'give { columns, required, absent }'
      const [name = ''] = issue.keys
      return `unknown option "${name}": did you mean "${nearest(name, known)}"?`
    },
  },
)

/** Throws `ERR_CONFIG` naming what is wrong. */
export function checkOptions(options: unknown): ExtractSubsetOptions {
  const checked = schema.safeParse(options)
  if (!checked.success) {
    const problems = checked.error.issues.map(({ path, message }) => [...path, message].join(': '))
    throw refused(problems.join('; '))
  }
  const { columns = {}, required = [] } = checked.data
  const sources = Object.values(columns)
  for (const name of required) {
    const source = Object.hasOwn(columns, name) ? columns[name] : undefined
    if (source !== undefined && !sources.includes(name)) {
      throw refused(`required: "${name}" is a new name: give the name in the file, "${source}"`)
    }
  }
  return checked.data
}

function refused(problem: string): WaybillError {
  return new WaybillError('ERR_CONFIG', problem, { adapter: 'extract-subset' })
}

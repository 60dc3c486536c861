import * as z from 'zod'
import { parseOptions, refused } from '../options.ts'

/** Settings of `extract-subset`. */
export interface ExtractSubsetOptions {
  /** New name to the column's name in the file; the order is that of the result. Default: all columns as they are. */
  readonly columns?: Readonly<Record<string, string>> | undefined
  /** Columns, by their names in the file, that must have a value. Default: none. */
  readonly required?: readonly string[] | undefined
  /** Texts that stand for "no value" in a required column, beside blank ones; `NA` for one. Default: none. */
  readonly absent?: readonly string[] | undefined
}

const functionName = 'extract-subset'
const texts = z.array(z.string().min(1)).describe('a list of texts')
const schema = z
  .strictObject({
    columns: z.record(z.string(), z.string().min(1)).describe("{ newName: 'column of the file' }").optional(),
    required: texts.optional(),
    absent: texts.optional(),
  })
  .describe('{ columns, required, absent }')

/** Throws `ERR_CONFIG` naming what is wrong. */
export function checkSubsetOptions(options: unknown): ExtractSubsetOptions {
  const checked = parseOptions(functionName, schema, options)
  const { columns = {}, required = [] } = checked
  const sources = Object.values(columns)
  for (const name of required) {
    const source = Object.hasOwn(columns, name) ? columns[name] : undefined
    if (source !== undefined && !sources.includes(name)) {
      throw refused(functionName, `required: "${name}" is a new name: give the name in the file, "${source}"`)
    }
  }
  return checked
}

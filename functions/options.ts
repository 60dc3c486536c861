import * as z from 'zod'
import { hint, WaybillError } from '../adapters/core/index.ts'

/**
 * The options given to a function, checked by its schema. A description in the schema completes "give …". Throws
 * `ERR_CONFIG` naming everything that is wrong.
 */
export function parseOptions<Options>(name: string, schema: z.ZodType<Options>, options: unknown): Options {
  const checked = schema.safeParse(options, { error: wording })
  if (checked.success) return checked.data
  const problems = checked.error.issues.map(({ path, message }) => [...path, message].join(': '))
  throw refused(name, problems.join('; '))
}

/** The error for options of a function that a schema alone cannot refuse. */
export function refused(name: string, problem: string, cause?: unknown): WaybillError {
  return new WaybillError('ERR_CONFIG', problem, { adapter: name, cause })
}

function wording({ inst, ...issue }: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys' && inst instanceof z.ZodObject) {
    const [key = ''] = issue.keys
    return `unknown option "${key}": ${hint(key, Object.keys(inst.shape))}`
  }
  const description = inst instanceof z.ZodType ? inst.description : undefined
  return description === undefined ? undefined : `give ${description}`
}

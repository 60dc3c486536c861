import * as z from 'zod'
import { WaybillError } from '../../adapters/core/errors.ts'
import { nearest } from '../../adapters/core/nearest.ts'

/** One thing that is wrong in a configuration. */
export interface Problem {
  /** Where, e.g. `functions.uppercase.source.topic`; empty for the whole file. */
  readonly path: string
  /** `what: how to fix it`. Never holds a text that was written, which might be a secret. */
  readonly message: string
}

/** Every problem in one error: on the line itself when there is one, else one a line. */
export function configError(place: string, problems: readonly Problem[]): WaybillError {
  const lines = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  const text =
    lines.length === 1
      ? `${place}: ${lines[0]}`
      : [`${place} has ${lines.length} problems:`, ...lines].join('\n  ')
  return new WaybillError('ERR_CONFIG', text)
}

/** The issues that zod found, each with the path from the root of the file. */
export function problemsOf(error: z.ZodError): Problem[] {
  return flat(error.issues).map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
}

/** The words of one issue; given to zod as its error map. */
export function wording(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') {
    const { inst } = issue
    const known = inst instanceof z.ZodObject ? Object.keys(inst.shape) : []
    const near = issue.keys.flatMap((key) => nearest(key, known) ?? [])
    const right = near.length === 0 ? `use ${known.join(', ')}` : `did you mean ${quoted(near)}?`
    return `unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${quoted(issue.keys)}: ${right}`
  }
  if (issue.code === 'invalid_key') return 'is not a name: use letters, digits, "-" and "_", a letter first'
  const { inst } = issue
  const description = inst instanceof z.ZodType ? inst.description : undefined
  if (description === undefined) return undefined
  const written =
    issue.code === 'invalid_union' && typeof issue.input === 'string' ? 'another text' : kindOf(issue.input)
  return `${issue.input === undefined ? 'missing' : `is ${written}`}: give ${description}`
}

/** Of a union that fits nowhere, the issues inside the form that was meant, if one can be told. */
function flat(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue]
    const forms = issue.errors.map(flat)
    const meant = forms.filter((form) => form.every(isInside))
    const [closest] = meant.toSorted((a, b) => strangers(a) - strangers(b) || a.length - b.length)
    return closest === undefined
      ? [issue]
      : closest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
  })
}

/** Keys that a form does not have: the one with the fewest is meant. */
function strangers(form: readonly z.core.$ZodIssue[]): number {
  return form.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0)
}

function isInside(issue: z.core.$ZodIssue): boolean {
  return issue.path.length > 0 || issue.code === 'unrecognized_keys' || issue.code === 'too_small'
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return value === '' ? 'empty' : 'a text'
  return typeof value === 'object' ? 'an object' : typeof value === 'function' ? 'a function' : String(value)
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}

import { inspect } from 'node:util'
import { codeOf, messageOf, PublishError, WaybillError } from '../adapters/core/errors.ts'

/** A command that was written wrongly; it ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What a person reads of an error: its message, or everything where that is wanted. */
export function errorText(error: unknown, verbose: boolean): string {
  if (verbose) return inspect(error)
  const message = messageOf(error)
  if (error instanceof WaybillError) return message
  if (error instanceof UsageError || error instanceof AggregateError) return `[waybill] ${message}`
  return `[waybill] ${reasonOf(error)}: run again with --verbose for the details`
}

/** The exit code of a command that failed at run time, and that of one that was written or configured wrongly. */
export const failed = 1
export const misused = 2

const misuses = ['ERR_CONFIG', 'ERR_UNSUPPORTED']

/**
 * True where the command line or the configuration is wrong, credentials among it, so that running it again does not help.
 * Of several problems, all have to be.
 */
export function isMisuse(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isMisuse)
  if (error instanceof PublishError && error.failures.length > 0)
    return error.failures.every((failure) => isMisuse(failure.error))
  return error instanceof UsageError || misuses.includes(codeOf(error) ?? '')
}

/** What went wrong, without the bracketed name that opens an error of Waybill. */
export function detailOf(error: unknown): string {
  return error instanceof WaybillError ? error.detail : messageOf(error)
}

/** What went wrong in one line, where the message may be a long report. */
export function reasonOf(error: unknown): string {
  const [first = '', second = ''] = detailOf(error).split('\n')
  if (first.endsWith(':')) return `${first} ${second.trim()}`
  // Parsers tell the place of a fault, path:line:column, below what it is.
  return /:\d+:\d+$/.test(second.trim()) ? `${first.trim()} (${second.trim()})` : first.trim()
}

/** Several failures as one: itself where there is one, else an `AggregateError` with one a line. */
export function joined(what: string, errors: readonly unknown[]): unknown {
  if (errors.length === 1) return errors[0]
  const lines = errors.map(detailOf)
  return new AggregateError(errors, [`${what}:`, ...lines].join('\n  '))
}

/** An error with the place it belongs to in front of its message. */
export function located(place: string, cause: unknown): Error {
  if (!(cause instanceof WaybillError)) return new Error(`${place}: ${messageOf(cause)}`, { cause })
  const { code, adapter, detail } = cause
  return new WaybillError(code, `${place}: ${detail}`, { adapter, cause })
}

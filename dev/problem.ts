import { type ErrorCode, WaybillError } from '../adapters/core/errors.ts'

/** An error of this folder: what failed and what to do. */
export function problem(code: ErrorCode, message: string, cause?: unknown): WaybillError {
  return new WaybillError(
    code,
    message,
    cause === undefined ? { adapter: 'brokers' } : { adapter: 'brokers', cause },
  )
}

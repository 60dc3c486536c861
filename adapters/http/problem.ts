import { type ErrorCode, WaybillError } from '../core/errors.ts'

/** An error of this adapter. */
export function problem(code: ErrorCode, message: string, cause?: unknown): WaybillError {
  return new WaybillError(code, message, { adapter: 'http', cause })
}

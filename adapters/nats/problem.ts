import { type ErrorCode, WaybillError } from '../core/errors.ts'

/** The names of the two transports, as errors tell them. */
export type Transport = 'nats' | 'jetstream'

export function problem(adapter: Transport, code: ErrorCode, message: string, cause?: unknown): WaybillError {
  return new WaybillError(code, message, cause === undefined ? { adapter } : { adapter, cause })
}

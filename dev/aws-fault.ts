import { problem } from './problem.ts'

/** Which requests go wrong. */
export interface Hit {
  /** The operation as AWS names it, such as `PutRecords`. Left out: every operation. */
  readonly operation?: string
  /** The share of such requests that are hit, above 0 up to 1. Default 1. */
  readonly rate?: number
  /** How many requests are hit at most. Default no limit. */
  readonly count?: number
}

/** The service refuses: the request does not reach the server. */
export interface RefusalFault extends Hit {
  /** The error's type, such as `ProvisionedThroughputExceededException`, `ExpiredIteratorException`, `InternalFailure`. */
  readonly error: string
  readonly message?: string
  /** Default 500 for `InternalFailure` and its like, 503 for `ServiceUnavailable`, else 400. */
  readonly status?: number
}

/** The connection is reset before the server has the request, or after it has answered and before the client knows. */
export interface ResetFault extends Hit {
  readonly reset: 'before' | 'after'
}

/** Single records of `PutRecords` fail, as on a busy shard: the others alone reach the server. */
export interface RecordsFault extends Hit {
  /** The share of records that fail, above 0 up to 1. */
  readonly records: number
  /** Their `ErrorCode`. Default `ProvisionedThroughputExceededException`. */
  readonly code?: 'ProvisionedThroughputExceededException' | 'InternalFailure'
}

/** The answer is late. */
export interface DelayFault extends Hit {
  readonly delayMs: number
}

export type AwsFault = RefusalFault | ResetFault | RecordsFault | DelayFault

/** A fault at work. */
export interface ActiveFault {
  /** Requests that were hit so far. */
  readonly hits: number
  stop(): void
}

/** Throws `ERR_CONFIG` for a fault that could never, or not as told, come to pass. */
export function checkFault(fault: AwsFault): void {
  const { rate = 1, count = 1, operation } = fault
  if (!isShare(rate)) throw problem('ERR_CONFIG', `rate ${rate} is no share: give one above 0 up to 1`)
  if (!Number.isInteger(count) || count < 1)
    throw problem('ERR_CONFIG', `count ${count} is no number of requests: give one from 1 on`)
  if ('records' in fault && !isShare(fault.records))
    throw problem('ERR_CONFIG', `records ${fault.records} is no share: give one above 0 up to 1`)
  if ('records' in fault && operation !== undefined && operation !== 'PutRecords')
    throw problem('ERR_CONFIG', `single records fail in PutRecords, not in ${operation}: leave operation out`)
  if ('delayMs' in fault && !(fault.delayMs >= 0))
    throw problem('ERR_CONFIG', `delayMs ${fault.delayMs} is no time: give milliseconds`)
}

function isShare(value: number): boolean {
  return value > 0 && value <= 1
}

/** An error of the JSON protocol (AWS JSON 1.1 protocol, "Operation error serialization"). */
export function refusalOf({ error, message = `${error}, injected`, status }: RefusalFault): {
  readonly status: number
  readonly body: string
} {
  return { status: status ?? statusOf(error), body: JSON.stringify({ __type: error, message }) }
}

function statusOf(error: string): number {
  if (error.startsWith('ServiceUnavailable')) return 503
  return error.startsWith('Internal') ? 500 : 400
}

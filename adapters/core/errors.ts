/**
 * Every error Waybill throws on purpose carries one of these stable codes.
 * Match on `code`, not on the class: two copies of the library in one process have two classes.
 */
export type ErrorCode =
  | 'ERR_DECODE' // a message is not a readable CloudEvent
  | 'ERR_INVALID_EVENT' // an event breaks a rule of the CloudEvents specification
  | 'ERR_PUBLISH' // some records of a publish were not accepted
  | 'ERR_TOO_LARGE' // a record exceeds what the broker carries
  | 'ERR_UNSUPPORTED' // the broker cannot do what was asked, and says so in its capabilities
  | 'ERR_NOT_FOUND' // the topic, stream or subscription does not exist
  | 'ERR_STORE' // a store of notes, such as that of handled events, cannot be read or written
  | 'ERR_UNAVAILABLE' // what has to be asked before the handler cannot be used: the event was not tried, and no attempt is counted
  | 'ERR_CLOSED' // the broker was closed
  | 'ERR_MISSING_CLIENT' // the broker's client package is not installed
  | 'ERR_CONFIG' // a setting is unknown, missing or out of range
  | 'ERR_INPUT' // a file given as input cannot be read
  | 'ERR_TIMEOUT' // a handler or a call took longer than its limit
  | 'ERR_ABORTED' // the caller's signal ended a call
  | 'ERR_TERMINAL' // a handler said that this event can never succeed

/** One broken rule of one attribute. */
export interface Violation {
  /** The attribute (or `data`), as it is spelled in the event. */
  readonly attribute: string
  /** The rule's stable name, e.g. `required`, `int32`, `rfc3339`. */
  readonly rule: string
  /** What is wrong and what would be right; holds no more than a short excerpt of the value. */
  readonly message: string
}

/** What happened to one record of a publish. */
export interface RecordFailure {
  /** Index in the array given to `publish` or `send`. */
  readonly index: number
  readonly error: unknown
}

export interface WaybillErrorOptions {
  /** The broker or part that failed; it opens the message in brackets. */
  readonly adapter?: string
  readonly cause?: unknown
}

/** The common shape: `[adapter] what failed: what to do`, a stable `code`, the original error as `cause`. */
export class WaybillError extends Error {
  override readonly name: string = 'WaybillError'
  readonly code: ErrorCode
  readonly adapter: string
  /** The message without the bracketed name in front, for messages that quote this one. */
  declare readonly detail: string

  constructor(code: ErrorCode, message: string, options: WaybillErrorOptions = {}) {
    const adapter = options.adapter ?? 'waybill'
    super(`[${adapter}] ${message}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.adapter = adapter
    Object.defineProperty(this, 'detail', { value: message, enumerable: false })
  }
}

/** A message is not a readable CloudEvent. The runner dead-letters it without calling the handler. */
export class DecodeError extends WaybillError {
  override readonly name = 'DecodeError'
  readonly violations: readonly Violation[]

  constructor(
    message: string,
    options: WaybillErrorOptions & { readonly violations?: readonly Violation[] } = {},
  ) {
    super('ERR_DECODE', message, options)
    this.violations = options.violations ?? []
  }
}

/** What reading a message threw, as a `DecodeError` that names the transport. */
export function decodeErrorOf(adapter: string, error: unknown): DecodeError {
  if (!(error instanceof DecodeError)) {
    const text = `the message cannot be read: ${messageOf(error)}`
    return new DecodeError(text, { adapter, cause: error })
  }
  const { detail, cause, violations } = error
  return error.adapter === adapter ? error : new DecodeError(detail, { adapter, cause, violations })
}

/** An event breaks one or more rules of the specification; `violations` names each. */
export class InvalidEventError extends WaybillError {
  override readonly name = 'InvalidEventError'
  readonly violations: readonly Violation[]

  constructor(violations: readonly Violation[], options: WaybillErrorOptions = {}) {
    super('ERR_INVALID_EVENT', `invalid CloudEvent: ${violations.map((v) => v.message).join('; ')}`, options)
    this.violations = violations
  }
}

/** Some records of a publish failed; those not named in `failures` were accepted. */
export class PublishError extends WaybillError {
  override readonly name = 'PublishError'
  readonly #failures: readonly RecordFailure[]

  constructor(message: string, failures: readonly RecordFailure[], options: WaybillErrorOptions = {}) {
    super('ERR_PUBLISH', message, { cause: failures[0]?.error, ...options })
    this.#failures = failures
  }

  /** Not an own property: printing the error would print every one of what may be thousands. */
  get failures(): readonly RecordFailure[] {
    return this.#failures
  }
}

/** Thrown by a handler: no retry can help, dead-letter this event now. The message becomes its `dlqreason`. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
  readonly code = 'ERR_TERMINAL' satisfies ErrorCode
}

/** The `code` of anything thrown, if it has one. Never throws. */
export function codeOf(error: unknown): string | undefined {
  try {
    if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
    return typeof error.code === 'string' ? error.code : undefined
  } catch {
    return undefined
  }
}

/** What was thrown, in words. What an object holds is not told: it may be the event's data. Never throws. */
export function messageOf(error: unknown): string {
  try {
    if (isError(error)) {
      const text: unknown = error.message
      return typeof text === 'string' && text !== '' ? text : String(error.name)
    }
    const isOpaque = (typeof error === 'object' && error !== null) || typeof error === 'function'
    return isOpaque ? `a thrown ${typeof error}: throw an Error that says why` : String(error)
  } catch {
    return 'something that cannot be shown was thrown'
  }
}

/** Also an error of another realm, such as a test runner's sandbox, whose class is another one. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
}

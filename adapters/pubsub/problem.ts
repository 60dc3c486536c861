import { type ErrorCode, messageOf, WaybillError } from '../core/errors.ts'

/** Codes of gRPC (https://grpc.io/docs/guides/status-codes/) that mean something here. */
export const status = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

/** What may pass by itself (the client's own `publisher_client_config.json` and `pull-retry.js` name the same). */
const passing: ReadonlySet<number | undefined> = new Set([
  status.cancelled,
  status.unknown,
  status.deadlineExceeded,
  status.resourceExhausted,
  status.aborted,
  status.internal,
  status.unavailable,
])

/** The status of an error of the client, or `undefined` where it is none. */
export function statusOf(error: unknown): number | undefined {
  const isStatus = typeof error === 'object' && error !== null && 'code' in error
  return isStatus && typeof error.code === 'number' ? error.code : undefined
}

export function isStatus(error: unknown, name: keyof typeof status): boolean {
  return statusOf(error) === status[name]
}

export function isPassing(error: unknown): boolean {
  return passing.has(statusOf(error))
}

/** What was asked of the service, and the permission that it takes. */
export interface Request {
  /** Such as `publishing to "orders"`. */
  readonly what: string
  /** Such as `pubsub.topics.publish`. */
  readonly permission: string
  /** Where no answer came: the address. */
  readonly address: string
  /** What to do where something is missing. */
  readonly missing?: string | undefined
}

/** The error that an application sees of what the service answered, or did not. */
export function problemOf(error: unknown, { what, permission, address, missing }: Request): WaybillError {
  if (error instanceof WaybillError) return error
  const told = toldBy(error)
  switch (statusOf(error)) {
    case status.notFound:
      return problem('ERR_NOT_FOUND', `${what}: ${told}: ${missing ?? 'create it first'}`, error)
    case status.permissionDenied:
      return problem(
        'ERR_CONFIG',
        `${what} is refused (${told}): grant ${permission} to these credentials`,
        error,
      )
    case status.unauthenticated:
      return problem('ERR_CONFIG', `${what}: the credentials are not accepted (${told}): ${whence}`, error)
    case status.unimplemented:
      return problem('ERR_UNSUPPORTED', `${what}: the server cannot do that (${told})`, error)
    case status.deadlineExceeded:
    case status.unavailable:
      return problem(
        'ERR_TIMEOUT',
        `${what}: ${address} does not answer (${told}): check address and network`,
        error,
      )
    case status.resourceExhausted:
      return problem('ERR_PUBLISH', `${what}: a quota is used up (${told}): raise it, or send less`, error)
    case undefined:
      return problem('ERR_CONFIG', `${what}: ${told}`, error)
    default:
      return problem('ERR_PUBLISH', `${what} is refused: ${told}`, error)
  }
}

/** Where Google's libraries look for credentials. */
export const whence =
  'give them by Application Default Credentials (GOOGLE_APPLICATION_CREDENTIALS, gcloud auth application-default login, or the platform)'

/** What the service says: `details`, without the code that `message` repeats. */
export function toldBy(error: unknown): string {
  const details: unknown =
    typeof error === 'object' && error !== null && 'details' in error ? error.details : undefined
  const text = typeof details === 'string' && details !== '' ? details : messageOf(error)
  const [line = ''] = text.split('\n', 1)
  return line
    .replace(/\. Resolution note:?\s*$/, '')
    .replace('. Last error: Error: ', ', last: ')
    .replace(/[\s.:]+$/, '')
}

export function problem(code: ErrorCode, message: string, cause?: unknown): WaybillError {
  return new WaybillError(
    code,
    message,
    cause === undefined ? { adapter: 'pubsub' } : { adapter: 'pubsub', cause },
  )
}

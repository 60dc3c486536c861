import { type ErrorCode, messageOf, WaybillError } from '../core/errors.ts'

/** What an error of the AWS SDK says. */
export interface Fault {
  /** The service's name of the error, such as `ResourceNotFoundException`. */
  readonly name: string
  readonly message: string
  /** The service could not be reached, or the connection broke. */
  readonly isConnection: boolean
  readonly isThrottle: boolean
  /** May succeed when it is tried again. */
  readonly isPassing: boolean
  /** No credentials, wrong ones, or a permission that is missing. */
  readonly isDenial: boolean
}

const denials =
  /^(AccessDenied|KMSAccessDenied|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|ExpiredToken|InvalidClientTokenId|InvalidAccessKeyId|OptInRequired|CredentialsProviderError|TokenProviderError)/
const throttles =
  /^(ProvisionedThroughputExceeded|LimitExceeded|Throttling|KMSThrottling|RequestLimitExceeded|TooManyRequests)/
const outages = /^(Internal|ServiceUnavailable|RequestTimeout|TransactionInProgress)/
const connectionCodes =
  /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOST|ENETUNREACH|ERR_HTTP2|ERR_STREAM_PREMATURE_CLOSE)/

/** The SDK found no credentials, so nothing was asked. */
const credentialsMissing = /^(CredentialsProviderError|TokenProviderError)$/

/** Errors of another realm, such as a test runner's, reach us wrapped by the SDK, as text alone. */
const connectionTexts =
  /\b(ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH)\b|socket hang up|AggregateError/

export function faultOf(error: unknown): Fault {
  const name = textOf(error, 'name') ?? 'Error'
  const status = statusOf(error)
  // An answer that breaks off is no JSON.
  const isBroken = name === 'TimeoutError' || name === 'SyntaxError'
  const isWrapped = name === 'Error' && connectionTexts.test(messageOf(error))
  const isConnection = isBroken || isWrapped || connectionCodes.test(textOf(error, 'code') ?? '')
  const isThrottle = throttles.test(name)
  const isDenial = denials.test(name)
  const isOutage = outages.test(name) || (status !== undefined && status >= 500)
  const isPassing = !isDenial && (isConnection || isThrottle || isOutage)
  return { name, message: messageOf(error), isConnection, isThrottle, isPassing, isDenial }
}

export function isMissing(error: unknown): boolean {
  return textOf(error, 'name') === 'ResourceNotFoundException'
}

export interface Circumstances {
  /** What the call needs to be allowed, such as `kinesis:PutRecords`. */
  readonly permission: string
  /** Where the call went: an endpoint or a region. */
  readonly place: string
  readonly code?: ErrorCode | undefined
  /** What is missing where the service says that something is, and what to do about it. */
  readonly missing?: string | undefined
}

/** The error that an application sees. */
export function problemOf(what: string, error: unknown, circumstances: Circumstances): WaybillError {
  if (error instanceof WaybillError) return error
  const { permission, place, code = 'ERR_CONFIG', missing } = circumstances
  const { name, message, isConnection, isDenial } = faultOf(error)
  const told = `${name} (${message})`
  // A signature holds its region, and an endpoint takes none of another.
  if (isDenial && /valid region/i.test(message))
    return problem('ERR_CONFIG', `${what} is refused at ${place}, ${told}: correct the region`, error)
  if (credentialsMissing.test(name))
    return problem(
      'ERR_CONFIG',
      `${what}: there are no credentials for ${place}, ${told}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the process a role`,
      error,
    )
  if (isDenial)
    return problem(
      'ERR_CONFIG',
      `${what} is refused at ${place}, ${told}: check the credentials of the AWS chain and their permission ${permission}`,
      error,
    )
  if (isMissing(error))
    return problem('ERR_NOT_FOUND', `${what}: ${missing ?? 'it does not exist: create it first'}`, error)
  if (isConnection)
    return problem(
      'ERR_TIMEOUT',
      `${what}: no answer from ${place} (${message}): check the region, the endpoint and the network`,
      error,
    )
  if (/region is missing/i.test(message))
    return problem(
      'ERR_CONFIG',
      `${what}: no region is given: use kinesis://<region>, or set AWS_REGION`,
      error,
    )
  return problem(code, `${what}: ${told}`, error)
}

export function problem(code: ErrorCode, message: string, cause?: unknown): WaybillError {
  return new WaybillError(code, message, { adapter: 'kinesis', cause })
}

/** What the service says of a record or in an answer, as the error that the SDK would throw. */
export function errorNamed(name: string, message: string): Error {
  const error = new Error(message)
  error.name = name
  return error
}

function textOf(error: unknown, key: 'name' | 'code'): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' ? value : undefined
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined
  const { $metadata: metadata } = error
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined
}

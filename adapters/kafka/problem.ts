import { type ErrorCode, messageOf, WaybillError } from '../core/errors.ts'
import { isRecord } from '../core/is-record.ts'
import { connectionAdvice } from './advice.ts'

/** What an error of kafkajs says at its root: it wraps errors several times over. */
export interface Fault {
  /** The protocol's name of the error, such as `UNKNOWN_TOPIC_OR_PARTITION`. */
  readonly type: string | undefined
  readonly name: string
  readonly message: string
  readonly retriable: boolean
  /** No broker could be reached, or the connection broke. */
  readonly isConnection: boolean
}

const connectionErrors = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSLockTimeout',
])
/** What to do about each refusal. */
const denials = new Map([
  ['TOPIC_AUTHORIZATION_FAILED', 'check the rights of this principal on the topic'],
  ['GROUP_AUTHORIZATION_FAILED', 'check the rights of this principal on the group'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'check the rights of this principal on the cluster'],
  ['SASL_AUTHENTICATION_FAILED', 'check the credentials in "sasl"'],
  ['UNSUPPORTED_SASL_MECHANISM', 'check "mechanism" of "sasl", and what the broker has at this port'],
  [
    'ILLEGAL_SASL_STATE',
    'the broker takes no credentials at this port: use its SASL port, or leave "sasl" out',
  ],
])
const missing = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'])
const tooLarge = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

export function faultOf(error: unknown): Fault {
  let fault: Fault = {
    type: undefined,
    name: 'Error',
    message: messageOf(error),
    retriable: false,
    isConnection: false,
  }
  for (let each = error, depth = 0; typeof each === 'object' && each !== null && depth < 8; depth++) {
    const name = 'name' in each && typeof each.name === 'string' ? each.name : 'Error'
    fault = {
      type: 'type' in each && typeof each.type === 'string' ? each.type : fault.type,
      name,
      message: messageOf(each),
      retriable: 'retriable' in each && each.retriable === true,
      isConnection: fault.isConnection || connectionErrors.has(name),
    }
    // What a new connection ends, where the broker takes credentials at all.
    if (fault.type === 'ILLEGAL_SASL_STATE') fault = { ...fault, isConnection: true }
    each = causeOf(each)
  }
  return fault
}

/** Of several errors, such as one for each topic to create, the first that says more than that a topic is there already. */
function causeOf(error: object): unknown {
  if (!('errors' in error) || !Array.isArray(error.errors)) return 'cause' in error ? error.cause : undefined
  const errors: readonly unknown[] = error.errors
  return errors.find((each) => !isRecord(each) || each.type !== 'TOPIC_ALREADY_EXISTS') ?? errors[0]
}

export function isMissing({ type }: Fault): boolean {
  return type !== undefined && missing.has(type)
}

export function isTooLarge({ type }: Fault): boolean {
  return type !== undefined && tooLarge.has(type)
}

export function isDenial({ type, name }: Fault): boolean {
  const isUnknown = name === 'KafkaJSSASLAuthenticationError' || name === 'TokenRefused'
  return isUnknown || (type !== undefined && denials.has(type))
}

function credentialsAdvice({ name }: Fault): string {
  return name === 'TokenRefused'
    ? 'check what "oauthBearerProvider" gives: issuer, audience, scope, expiry'
    : 'check the credentials in "sasl"'
}

export interface Circumstances {
  readonly brokers?: readonly string[]
  /** How long it was tried, in milliseconds. */
  readonly triedMs?: number
  readonly code?: ErrorCode
}

/** The error that an application sees. `brokers` are named where none of them answers. */
export function problemOf(
  what: string,
  error: unknown,
  { brokers = [], triedMs, code = 'ERR_PUBLISH' }: Circumstances = {},
): WaybillError {
  if (error instanceof WaybillError) return error
  const fault = faultOf(error)
  const told = fault.type === undefined ? fault.message : `${fault.type} (${fault.message})`
  if (isDenial(fault)) {
    const advice = denials.get(fault.type ?? '') ?? credentialsAdvice(fault)
    return problem('ERR_CONFIG', `${what} is refused, ${told}: ${advice}`, error)
  }
  if (isTooLarge(fault))
    return problem(
      'ERR_TOO_LARGE',
      `${what}: the broker's limit is lower, ${told}: send less data, or raise message.max.bytes`,
      error,
    )
  if (isMissing(fault)) return problem('ERR_NOT_FOUND', `${what}: ${told}: create the topic first`, error)
  if (fault.isConnection) {
    const tried = triedMs === undefined ? '' : `, tried for ${(triedMs / 1_000).toFixed(1)} s`
    const { reason, advice, isSetting } = connectionAdvice(fault.message)
    const which = brokers.length === 0 ? 'no broker' : `no broker of ${brokers.join(', ')}`
    const place = `${which} ${isSetting ? 'can be used' : 'answers'}`
    return problem(
      isSetting ? 'ERR_CONFIG' : 'ERR_TIMEOUT',
      `${what}: ${place}${tried} (${reason}): ${advice}`,
      error,
    )
  }
  return problem(code, `${what}: ${told}`, error)
}

export function problem(code: ErrorCode, message: string, cause?: unknown): WaybillError {
  return new WaybillError(code, message, { adapter: 'kafka', cause })
}

import { type ErrorCode, messageOf, WaybillError } from '../core/errors.ts'

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
const denials = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
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
    each = 'cause' in each ? each.cause : undefined
  }
  return fault
}

export function isMissing({ type }: Fault): boolean {
  return type !== undefined && missing.has(type)
}

export function isTooLarge({ type }: Fault): boolean {
  return type !== undefined && tooLarge.has(type)
}

export function isDenial({ type, name }: Fault): boolean {
  return name === 'KafkaJSSASLAuthenticationError' || (type !== undefined && denials.has(type))
}

/** The error that an application sees. `brokers` are named where none of them answers. */
export function problemOf(
  what: string,
  error: unknown,
  { brokers = [], code = 'ERR_PUBLISH' }: { brokers?: readonly string[]; code?: ErrorCode } = {},
): WaybillError {
  if (error instanceof WaybillError) return error
  const fault = faultOf(error)
  const told = fault.type === undefined ? fault.message : `${fault.type} (${fault.message})`
  if (isDenial(fault))
    return problem(
      'ERR_CONFIG',
      `${what} is refused, ${told}: check "sasl", "ssl" and the rights of this principal`,
      error,
    )
  if (isTooLarge(fault))
    return problem(
      'ERR_TOO_LARGE',
      `${what}: the broker's limit is lower, ${told}: send less data, or raise message.max.bytes`,
      error,
    )
  if (isMissing(fault)) return problem('ERR_NOT_FOUND', `${what}: ${told}: create the topic first`, error)
  if (fault.isConnection) {
    const place = brokers.length === 0 ? 'no broker answers' : `no broker of ${brokers.join(', ')} answers`
    return problem(
      'ERR_TIMEOUT',
      `${what}: ${place} (${fault.message}): check address, port, "ssl" and the firewall`,
      error,
    )
  }
  return problem(code, `${what}: ${told}`, error)
}

export function problem(code: ErrorCode, message: string, cause?: unknown): WaybillError {
  return new WaybillError(code, message, { adapter: 'kafka', cause })
}

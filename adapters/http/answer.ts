import type { Refusal, SendResult } from '../core/driver.ts'
import type { ErrorCode } from '../core/errors.ts'
import { problem } from './problem.ts'

/** What an answer means for the records of its request. */
export type Verdict = SendResult & {
  /** The receiver wants no further request before so many milliseconds have passed, whatever its records. */
  readonly pauseMs?: number | undefined
}

const accepted: Verdict = {}

/** Statuses that no retry changes, and what to do about each; others of their hundred read as the last. */
const refusals: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  401: ['ERR_CONFIG', 'check the credentials of "tokenEnv" or "headersEnv"'],
  403: ['ERR_CONFIG', 'check the credentials of "tokenEnv" or "headersEnv"'],
  404: ['ERR_NOT_FOUND', 'check the URL, and the topic where the URL holds {topic}'],
  405: ['ERR_PUBLISH', 'the receiver takes no POST here: check the URL'],
  410: [
    'ERR_NOT_FOUND',
    'the receiver was retired: no further request goes to it; remove it, or open a new sink',
  ],
  413: ['ERR_TOO_LARGE', 'send less data, a reference to it (dataref), or a smaller "batch"'],
  415: ['ERR_PUBLISH', 'the receiver does not understand the format: try mode "structured", or "binary"'],
  431: ['ERR_TOO_LARGE', 'the headers are too large for the receiver: try mode "structured"'],
  501: ['ERR_UNSUPPORTED', 'the receiver cannot do this: check the URL'],
  505: ['ERR_UNSUPPORTED', 'the receiver cannot do this: check the URL'],
}

/** True where sending the same again can help: RFC 9110 §15.5.9 and §15.6, RFC 8470 §5.2, RFC 6585 §4. */
export function isTemporary(status: number): boolean {
  return [408, 425, 429].includes(status) || (status >= 500 && refusals[status] === undefined)
}

/**
 * What an answer says: 2xx accepts, whatever it holds. `Retry-After` counts with the temporary statuses; where it is
 * longer than `maxRetryAfterMs` nothing is tried again.
 */
export function verdictOf(place: string, response: Response, now: number, maxRetryAfterMs: number): Verdict {
  const { status } = response
  if (status >= 200 && status < 300) return accepted
  // A browser shows a redirect that it was told not to follow as an opaque one, with status 0.
  if ((status >= 300 && status < 400) || response.type === 'opaqueredirect') {
    const text = `${place} was answered with a redirect (${status}), which a sink must not follow: use the final URL`
    return { error: problem('ERR_PUBLISH', text), retryable: false }
  }
  if (!isTemporary(status)) {
    const [code, advice] = refusals[status] ?? [
      'ERR_PUBLISH',
      'the receiver refused the event: look at its log',
    ]
    return { error: problem(code, `${place} was answered ${status}: ${advice}`), retryable: false }
  }
  const pauseMs = retryAfterMs(response.headers.get('retry-after'), now)
  if (pauseMs !== undefined && pauseMs > maxRetryAfterMs) {
    return { ...tooLong(`${place} was answered ${status}`, pauseMs), pauseMs }
  }
  const error = problem(
    'ERR_PUBLISH',
    `${place} was answered ${status}: try again later, or look at the receiver`,
  )
  return { error, retryable: true, retryAfterMs: pauseMs, pauseMs }
}

/** The result of a record whose receiver asks for a wait that nobody would sit out. */
export function tooLong(what: string, pauseMs: number): Refusal {
  const text = `${what} and asked to wait ${Math.ceil(pauseMs / 1000)} s: publish later, or raise "maxRetryAfterMs"`
  return { error: problem('ERR_PUBLISH', text), retryable: false }
}

/** `Retry-After` in milliseconds from now (RFC 9110 §10.2.3): seconds or a date. `undefined` for anything else. */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? ''
  if (/^\d{1,15}$/.test(text)) return Number(text) * 1000
  const time = /^[A-Za-z]{3,9},? .*\d/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : Math.max(0, time - now)
}

import { refuseUnknown } from '../core/known.ts'
import { isTemporary } from './answer.ts'
import type { HandshakeOptions } from './options.ts'
import { problem } from './problem.ts'
import { urlOf } from './url.ts'

const dnsName = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/

/** What came of asking for permission. */
export type Consent =
  | { readonly ratePerMinute: number }
  | { readonly error: Error; readonly retryable: boolean }

/** Throws `ERR_CONFIG` for a handshake that no receiver could answer. */
export function checkHandshake(handshake: HandshakeOptions): void {
  if (typeof handshake !== 'object' || handshake === null) {
    throw problem('ERR_CONFIG', '"handshake" is no object: give { origin }')
  }
  refuseUnknown(handshake, ['origin', 'ratePerMinute', 'callback'], 'key of "handshake"', 'http')
  const { origin, ratePerMinute, callback } = handshake
  if (typeof origin !== 'string' || !dnsName.test(origin)) {
    throw problem('ERR_CONFIG', '"handshake.origin" is no DNS name: give one, such as orders.example.com')
  }
  if (ratePerMinute !== undefined && !(Number.isSafeInteger(ratePerMinute) && ratePerMinute > 0)) {
    throw problem('ERR_CONFIG', '"handshake.ratePerMinute" is no count: give 1 or more requests a minute')
  }
  if (callback !== undefined && !isCallback(callback)) {
    throw problem(
      'ERR_CONFIG',
      '"handshake.callback" (not shown) is no https:// URL without credentials: give one',
    )
  }
}

function isCallback(text: unknown): boolean {
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text)) return false
  const url = urlOf(text)
  return url?.protocol === 'https:' && url.username === '' && url.password === ''
}

/** The headers of the validation request (WebHook §4.1). */
export function askingHeaders({ origin, ratePerMinute, callback }: HandshakeOptions): Record<string, string> {
  return {
    'webhook-request-origin': origin,
    ...(ratePerMinute !== undefined && { 'webhook-request-rate': String(ratePerMinute) }),
    ...(callback !== undefined && { 'webhook-request-callback': callback }),
  }
}

/**
 * Reads the answer (WebHook §4.2): consent is the presence of `WebHook-Allowed-Origin` with this origin or `*`, and of
 * `WebHook-Allowed-Rate` where a rate was asked. Statuses mean nothing, but that a passing failure may be asked again.
 */
export function consentOf(
  place: string,
  { status, headers }: Response,
  handshake: HandshakeOptions,
): Consent {
  const refuse = (what: string) => ({
    error: problem('ERR_PUBLISH', `${place} ${what}`),
    retryable: isTemporary(status),
  })
  const allowed = headers.get('webhook-allowed-origin')?.trim()
  if (allowed === undefined) {
    const pending = handshake.callback === undefined ? '' : ', which it may give later by the callback'
    return refuse(`(status ${status}) gave no permission${pending}: ask its owner, or leave out "handshake"`)
  }
  if (allowed !== '*' && allowed.toLowerCase() !== handshake.origin.toLowerCase()) {
    return refuse(`permits another origin than ${handshake.origin}: ask its owner to allow this one`)
  }
  const rate = headers.get('webhook-allowed-rate')?.trim()
  if (rate === '*') return { ratePerMinute: Number.POSITIVE_INFINITY }
  if (rate !== undefined && /^[1-9]\d{0,14}$/.test(rate)) return { ratePerMinute: Number(rate) }
  if (rate === undefined && handshake.ratePerMinute === undefined) {
    return { ratePerMinute: Number.POSITIVE_INFINITY }
  }
  return refuse(
    'permits the origin but no rate that can be read: ask its owner, or leave out "ratePerMinute"',
  )
}

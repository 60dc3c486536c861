import { type Clock, systemClock } from '../core/clock.ts'
import { headerOf, type Message } from '../core/message.ts'
import { quote } from '../core/quote.ts'
import { exchange } from './exchange.ts'
import type { Fetch } from './options.ts'
import { problem } from './problem.ts'
import { isPublicAddress } from './public-address.ts'
import { urlOf } from './url.ts'

/** Who may deliver here, and how much. */
export interface HandshakePolicy {
  /** DNS names that senders give as their origin, or `*` for all. */
  readonly allowedOrigins: readonly string[] | '*'
  /** Requests a minute that each sender may make. Default: no limit. */
  readonly allowedRatePerMinute?: number | undefined
  /** Grants by callback where the sender offers one: {@link HandshakeAnswer.callback} then is to be confirmed. Default false. */
  readonly callbacks?: boolean | undefined
}

/** What to answer to an OPTIONS request. */
export interface HandshakeAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The sender waits for {@link confirmCallback} with this URL. It is the sender's word, and may hold a key. */
  readonly callback?: string | undefined
}

/** {@link Fetch} that also gets the addresses which were checked: a client that connects to those alone is safe from rebinding. */
export type PinnableFetch = (
  url: string,
  init: RequestInit,
  addresses: readonly string[],
) => Promise<Response>

export interface CallbackOptions {
  /** Hosts that may be called back, `host` or `host:port`; exactly these, on port 443 unless one is named. */
  readonly allowedHosts: readonly string[]
  /** Resolves a name to all its addresses, as `lookup` of `node:dns/promises` does with `all`. */
  readonly lookup: (
    hostname: string,
    options: { readonly all: true },
  ) => Promise<readonly { readonly address: string }[]>
  /** Told to the sender. Default: not told. */
  readonly allowedRatePerMinute?: number | undefined
  /** Default: the platform's. */
  readonly fetch?: PinnableFetch | undefined
  /** For looking up and calling, each, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number | undefined
  readonly clock?: Clock | undefined
}

/**
 * Answers a sender that asks for permission (CloudEvents HTTP WebHook 1.0.2 §4.2). An origin that is not allowed gets
 * an answer without permission; so does a request that asks for none. The status says nothing to the sender: it is 200
 * because some senders look at it all the same.
 */
export function handshakeResponse(
  { headers }: Pick<Message, 'headers'>,
  { allowedOrigins, allowedRatePerMinute, callbacks = false }: HandshakePolicy,
): HandshakeAnswer {
  if (allowedOrigins !== '*' && !isTexts(allowedOrigins))
    throw problem('ERR_CONFIG', '"allowedOrigins" is no list of DNS names: give an array of them, or *')
  const without = { status: 200, headers: { allow: 'POST' } }
  const origin = headerOf(headers, 'webhook-request-origin')?.trim().toLowerCase()
  if (origin === undefined || origin === '') return without
  const allowed = allowedOrigins === '*' ? '*' : allowedOrigins.find((each) => each.toLowerCase() === origin)
  if (allowed === undefined) return without
  const callback = headerOf(headers, 'webhook-request-callback')?.trim()
  if (callbacks && callback !== undefined && callback !== '') return { ...without, callback }
  const rate = grantedRate(headerOf(headers, 'webhook-request-rate'), allowedRatePerMinute)
  return {
    status: 200,
    headers: { allow: 'POST', 'webhook-allowed-origin': allowed, 'webhook-allowed-rate': rate },
  }
}

/** The compiler does not keep a configuration from giving one text for a list of one. */
function isTexts(list: unknown): boolean {
  return Array.isArray(list) && list.every((each) => typeof each === 'string')
}

/** No more than was asked for, where a limit makes that a number. */
function grantedRate(asked: string | undefined, allowed: number | undefined): string {
  if (allowed === undefined || !Number.isFinite(allowed)) return '*'
  const wanted = /^[1-9]\d{0,14}$/.test(asked?.trim() ?? '') ? Number(asked) : allowed
  return String(Math.max(1, Math.floor(Math.min(wanted, allowed))))
}

/**
 * Grants permission by the callback that a sender named (WebHook §4.1.3). The URL is a stranger's, so it is called only
 * when it is https, without credentials, on a host and port of `allowedHosts`, and every address of that host is public;
 * a redirect is refused. Errors show the host, never the rest.
 *
 * What this cannot prevent with the platform's `fetch`: that looks the name up again, so that a name server which
 * answers differently the second time (DNS rebinding) leads it elsewhere. The host must be in `allowedHosts` for that,
 * and prove its name by certificate before anything is sent. A `fetch` that connects to the given addresses alone closes it.
 *
 * Throws `ERR_CONFIG` where the guard refuses, `ERR_TIMEOUT`, and `ERR_PUBLISH` where the sender does not answer 2xx.
 */
export async function confirmCallback(url: string, options: CallbackOptions): Promise<void> {
  const { timeoutMs = 10_000, clock = systemClock, allowedRatePerMinute } = options
  const target = checkedUrl(url, options.allowedHosts)
  const addresses = await checkedAddresses(target.hostname, options, timeoutMs, clock)
  const given: PinnableFetch = options.fetch ?? ((to, init) => globalThis.fetch(to, init))
  const place = `POST ${target.host} (callback)`
  const headers: Record<string, string> =
    allowedRatePerMinute === undefined ? {} : { 'webhook-allowed-rate': String(allowedRatePerMinute) }
  const fetch: Fetch = (_, init) => given(target.href, init ?? {}, addresses)
  const answer = await exchange(place, target.href, { method: 'POST', headers }, { fetch, timeoutMs, clock })
  if ('error' in answer) throw answer.error
  if (answer.status >= 200 && answer.status < 300) return
  throw problem(
    'ERR_PUBLISH',
    `${place} was answered ${answer.status}: ask the sender, which gets no permission`,
  )
}

function checkedUrl(text: string, allowedHosts: readonly string[]): URL {
  const url = urlOf(text)
  if (url === undefined)
    throw problem('ERR_CONFIG', 'the callback (not shown) is no URL: use https://host/path')
  const shown = quote(url.host)
  if (url.protocol !== 'https:')
    throw problem('ERR_CONFIG', `the callback to ${shown} is not https: use https://`)
  if (url.username !== '' || url.password !== '') {
    throw problem('ERR_CONFIG', `the callback to ${shown} holds credentials: use a URL without any`)
  }
  if (!isTexts(allowedHosts))
    throw problem('ERR_CONFIG', '"allowedHosts" is no list of hosts: give an array of "host" or "host:port"')
  const hosts = allowedHosts.map((host) => urlOf(`https://${host}`)?.host)
  if (!hosts.includes(url.host)) {
    throw problem(
      'ERR_CONFIG',
      `the callback host ${shown} is not allowed: add it to "allowedHosts" if it is known`,
    )
  }
  url.hash = ''
  return url
}

async function checkedAddresses(
  hostname: string,
  { lookup }: CallbackOptions,
  timeoutMs: number,
  clock: Clock,
): Promise<readonly string[]> {
  const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  const shown = quote(literal)
  const isLiteral = hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname)
  const found = isLiteral
    ? [{ address: literal }]
    : await withTimeout(lookup(hostname, { all: true }), timeoutMs, clock, shown)
  const addresses = found.map(({ address }) => address)
  if (addresses.length === 0) {
    throw problem('ERR_PUBLISH', `the callback host ${shown} has no address: ask the sender`)
  }
  if (!addresses.every(isPublicAddress)) {
    throw problem('ERR_CONFIG', `the callback host ${shown} is not in the public Internet: it is not called`)
  }
  return addresses
}

async function withTimeout<T>(looking: Promise<T>, ms: number, clock: Clock, shown: string): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    const text = `looking up the callback host ${shown} took longer than ${ms} ms: look at the name server`
    cancel = clock.after(ms, () => reject(problem('ERR_TIMEOUT', text)))
  })
  try {
    return await Promise.race([looking, late])
  } catch (cause) {
    if (cause instanceof Error && 'adapter' in cause) throw cause
    throw problem('ERR_PUBLISH', `the callback host ${shown} cannot be looked up: ask the sender`, cause)
  } finally {
    cancel()
  }
}

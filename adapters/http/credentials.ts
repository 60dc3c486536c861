import { quote } from '../core/quote.ts'
import type { Environment, HttpOptions } from './options.ts'
import { problem } from './problem.ts'

/** Set by the platform, by the event, or by the hop to the next server: RFC 9110 §7.6.1, Fetch §4.6. */
const reserved = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
const secretNames = /auth|cookie|credential|key|pass|secret|signature|token/i
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** True for a header that no message and no setting may bring: it would change the request's framing. */
export function isReserved(name: string): boolean {
  return name !== 'content-type' && reserved.has(name)
}

/** True for a value that a header can carry (RFC 9110 §5.5). */
export function isHeaderValue(value: string): boolean {
  return headerValue.test(value)
}

export function isHeaderName(name: string): boolean {
  return headerName.test(name)
}

/**
 * The headers of every request, by lower-case name: `headers`, and those that the environment holds. Throws
 * `ERR_CONFIG` naming the header and the variable, never a value.
 */
export function requestHeaders(options: HttpOptions): Readonly<Record<string, string>> {
  const { headers = {}, headersEnv = {}, tokenEnv } = options
  const env = options.env ?? globalThis.process?.env ?? {}
  const all: Record<string, string> = {}
  const add = (option: string, name: string, value: string) => {
    checkName(option, name)
    const folded = name.toLowerCase()
    if (Object.hasOwn(all, folded)) {
      throw problem('ERR_CONFIG', `header ${quote(name)} is given twice: give it once, in any case`)
    }
    all[folded] = value
  }
  for (const [name, value] of entriesOf('headers', headers)) {
    if (secretNames.test(name)) {
      throw problem(
        'ERR_CONFIG',
        `"headers" holds ${quote(name)}, which looks like a secret: name its environment variable in "headersEnv"`,
      )
    }
    if (!isHeaderValue(value)) {
      throw problem('ERR_CONFIG', `header ${quote(name)} holds characters that HTTP cannot carry: use ASCII`)
    }
    add('headers', name, value)
  }
  for (const [name, variable] of entriesOf('headersEnv', headersEnv)) {
    add('headersEnv', name, variableOf(env, variable, `header ${quote(name)}`))
  }
  if (tokenEnv !== undefined) {
    add('tokenEnv', 'authorization', `Bearer ${variableOf(env, tokenEnv, 'the bearer token')}`)
  }
  return all
}

function entriesOf(option: string, given: unknown): [string, string][] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw problem('ERR_CONFIG', `"${option}" is no object: give { 'header-name': 'text' }`)
  }
  return Object.entries(given).map(([name, value]: [string, unknown]) => {
    if (typeof value !== 'string') {
      throw problem('ERR_CONFIG', `"${option}" has no text for ${quote(name)}: give one`)
    }
    return [name, value]
  })
}

function checkName(option: string, name: string): void {
  const folded = name.toLowerCase()
  if (!headerName.test(name)) {
    throw problem(
      'ERR_CONFIG',
      `"${option}" holds ${quote(name)}, which is no header name: use letters and "-"`,
    )
  }
  if (reserved.has(folded)) {
    throw problem('ERR_CONFIG', `"${option}" holds ${quote(name)}, which each request sets itself: remove it`)
  }
  if (folded.startsWith('ce-')) {
    throw problem('ERR_CONFIG', `"${option}" holds ${quote(name)}, an attribute: set it on the event`)
  }
  if (folded.startsWith('webhook-')) {
    throw problem('ERR_CONFIG', `"${option}" holds ${quote(name)}: use the option "handshake"`)
  }
}

function variableOf(env: Environment, variable: string, what: string): string {
  // Somebody may have put the secret itself where its variable's name belongs.
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(variable)) {
    throw problem(
      'ERR_CONFIG',
      `${what} comes from no environment variable (not shown): give a variable's name`,
    )
  }
  const value = env[variable]
  if (value === undefined || value === '') {
    throw problem('ERR_CONFIG', `${what} is missing: set the environment variable ${variable}`)
  }
  if (!isHeaderValue(value) || value.trim() !== value) {
    throw problem(
      'ERR_CONFIG',
      `${what} holds spaces at an end, a line break or what HTTP cannot carry: correct ${variable}`,
    )
  }
  return value
}

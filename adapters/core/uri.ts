import {
  ALPHA,
  DIGIT,
  HEX,
  has,
  MEMO_LIMIT,
  PATH,
  QUERY,
  REG_NAME,
  SCHEME,
  skip,
  USERINFO,
} from './characters.ts'

/**
 * Most sources, in half the time: an absolute path, perhaps of a web address, without query, escapes or empty segments. Few
 * segments, since the engine keeps a place for each: of millions it would run out of stack.
 */
export const usualReference = /^(?:https?:\/\/[\w.-]+)?(?:\/[\w.~&'()*+,;=:@-]+){1,32}$/

let lastReference = '/'

/**
 * RFC 3986 §4.1, non-empty (CloudEvents "source"): `/relative`, `#fragment` and `1-555-123-4567` are references too.
 * Every percent sign opens a triplet, and the first segment of a relative path holds no colon.
 */
export function isUriReference(text: string): boolean {
  if (text === lastReference || usualReference.test(text)) return true
  if (text === '') return false
  const scheme = schemeLength(text)
  if (scheme < 0 || !isHierarchy(text, scheme === 0 ? 0 : scheme + 1)) return false
  if (text.length <= MEMO_LIMIT) lastReference = text
  return true
}

let lastUri = 'a:'

/**
 * RFC 3986 §3: a scheme is required. CloudEvents asks for §4.3, which has no fragment; one is accepted because
 * definitions inside a schema document are named by it (`https://example.com/order.json#/definitions/line`), as every SDK
 * and the published JSON schema accept it.
 */
export function isUri(text: string): boolean {
  if (text === lastUri) return true
  const scheme = schemeLength(text)
  if (scheme <= 0 || !isHierarchy(text, scheme + 1)) return false
  if (text.length <= MEMO_LIMIT) lastUri = text
  return true
}

/** Characters before the colon of a scheme; 0 without a scheme; -1 where the first colon follows what is no scheme. */
function schemeLength(text: string): number {
  let valid = has(text, 0, ALPHA)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x3a) return valid ? index : -1
    if (code === 0x2f || code === 0x3f || code === 0x23) return 0
    if (valid && !has(text, index, SCHEME)) valid = false
  }
  return 0
}

/** Everything behind the scheme: authority, path, query and fragment (RFC 3986 §3.2–3.5). */
function isHierarchy(text: string, from: number): boolean {
  let index = from
  if (text.charCodeAt(index) === 0x2f && text.charCodeAt(index + 1) === 0x2f) {
    index = skipAuthority(text, index + 2)
    if (index < text.length && text.charCodeAt(index) !== 0x2f && !atQueryOrFragment(text, index))
      return false
  }
  index = skipEncoded(text, index, PATH)
  if (text.charCodeAt(index) === 0x3f) index = skipEncoded(text, index + 1, QUERY)
  if (text.charCodeAt(index) === 0x23) index = skipEncoded(text, index + 1, QUERY)
  return index === text.length
}

function atQueryOrFragment(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code === 0x3f || code === 0x23
}

/** As `skip`, over percent-encoded triplets too; stops at a percent sign that opens none. */
function skipEncoded(text: string, from: number, bits: number): number {
  let index = from
  for (;;) {
    if (has(text, index, bits)) index++
    else if (text.charCodeAt(index) === 0x25 && has(text, index + 1, HEX) && has(text, index + 2, HEX))
      index += 3
    else return index
  }
}

/** The end of `[userinfo@]host[:port]`, or the place where it goes wrong, which is inside the text. */
function skipAuthority(text: string, from: number): number {
  const userinfo = skipEncoded(text, from, USERINFO)
  const host = text.charCodeAt(userinfo) === 0x40 ? userinfo + 1 : from
  const end = text.charCodeAt(host) === 0x5b ? skipIpLiteral(text, host) : skipEncoded(text, host, REG_NAME)
  return text.charCodeAt(end) === 0x3a ? skip(text, end + 1, DIGIT) : end
}

/** RFC 3986 §3.2.2. Stays at the bracket where the literal is not valid. */
function skipIpLiteral(text: string, bracket: number): number {
  const close = text.indexOf(']', bracket)
  if (close < 0) return bracket
  const literal = text.slice(bracket + 1, close)
  const valid = literal.length <= 45 && isIpv6(literal)
  return valid || /^v[0-9a-f]+\.[a-z0-9\-._~!$&'()*+,;=:]+$/i.test(literal) ? close + 1 : bracket
}

function isIpv6(literal: string): boolean {
  const halves = literal.split('::')
  let groups = 0
  for (const [side, half] of halves.entries()) {
    const pieces = half === '' ? [] : half.split(':')
    for (const [place, piece] of pieces.entries()) {
      const last = side === halves.length - 1 && place === pieces.length - 1
      if (/^[0-9a-f]{1,4}$/i.test(piece)) groups += 1
      else if (last && isIpv4(piece)) groups += 2
      else return false
    }
  }
  return halves.length === 1 ? groups === 8 : halves.length === 2 && groups <= 7
}

function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text)
}

/**
 * The syntax of attribute values as predicates: CloudEvents 1.0.2 §3.1 and the RFCs it names. All are linear in the
 * length of the text, allocate nothing for a valid one, and never throw.
 */

const ALPHA = 1
const DIGIT = 2
const HEX = 4
const SCHEME = 8 // RFC 3986 §3.1
const REG_NAME = 16 // RFC 3986 §3.2.2: unreserved and sub-delims
const USERINFO = 32 // RFC 3986 §3.2.1
const PATH = 64 // RFC 3986 §3.3: pchar and the slash
const QUERY = 128 // RFC 3986 §3.4: query and fragment
const TOKEN = 256 // RFC 9110 §5.6.2

const CLASSES = new Uint16Array(128)
function mark(characters: string, bits: number): void {
  for (const character of characters) {
    const code = character.charCodeAt(0)
    CLASSES[code] = (CLASSES[code] ?? 0) | bits
  }
}
const URI_ANYWHERE = REG_NAME | USERINFO | PATH | QUERY
mark('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', ALPHA | SCHEME | TOKEN | URI_ANYWHERE)
mark('0123456789', DIGIT | HEX | SCHEME | TOKEN | URI_ANYWHERE)
mark('abcdefABCDEF', HEX)
mark('+-.', SCHEME)
mark("-._~!$&'()*+,;=", URI_ANYWHERE)
mark(':', USERINFO | PATH | QUERY)
mark('@/', PATH | QUERY)
mark('?', QUERY)
mark("!#$%&'*+-.^_`|~", TOKEN)

/** Whether the character at `index` is one of `bits`; false beyond the end. */
function has(text: string, index: number, bits: number): boolean {
  // Without the first comparison the table is asked for NaN, which is thirty times slower.
  if (index >= text.length) return false
  const code = text.charCodeAt(index)
  return code < 128 && ((CLASSES[code] ?? 0) & bits) !== 0
}

function skip(text: string, from: number, bits: number): number {
  let index = from
  while (has(text, index, bits)) index++
  return index
}

// Producers repeat few sources, types and schemas, so most checks end at one comparison with the last valid text. Long
// texts are not kept: a memo must not hold on to megabytes.
const MEMO_LIMIT = 256

/**
 * CloudEvents §3 "Naming Conventions": a–z and 0–9, at least one; `data` is reserved. More than 20 characters are
 * discouraged, not wrong: documented extensions have 25.
 */
export function isAttributeName(name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index)
    if (code > 0x7a || (code < 0x61 && (code < 0x30 || code > 0x39))) return false
  }
  return name !== '' && name !== 'data'
}

/** CloudEvents §3.1 "Integer": a whole number from -2,147,483,648 to 2,147,483,647. */
export function isInt32(value: number): boolean {
  return (value | 0) === value
}

/**
 * CloudEvents §3.1 "String": Unicode without the control characters U+0000–1F and U+007F–9F, noncharacters and lone
 * surrogates. The empty text is a String.
 */
export function isCloudEventsString(text: string): boolean {
  return /^[ -~]*$/.test(text) || isUnicodeText(text)
}

function isUnicodeText(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return false
    if (unit < 0xd800) continue
    if (unit <= 0xdfff) {
      const low = text.charCodeAt(++index)
      if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return false
      // Each supplementary plane ends in two noncharacters: U+1FFFE, U+1FFFF, U+2FFFE …
      if (low >= 0xdffe && (unit & 0x3f) === 0x3f) return false
    } else if (unit >= 0xfffe || (unit >= 0xfdd0 && unit <= 0xfdef)) return false
  }
  return true
}

let lastReference = '/'

/**
 * RFC 3986 §4.1, non-empty (CloudEvents "source"): `/relative`, `#fragment` and `1-555-123-4567` are references too.
 * Every percent sign opens a triplet, and the first segment of a relative path holds no colon.
 */
export function isUriReference(text: string): boolean {
  if (text === lastReference) return true
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

/**
 * RFC 3339 §5.6 `date-time`: a day that exists, seconds and an offset required, any number of fraction digits, `t` and `z` in
 * either case. Second 60 is accepted where a leap second can be: in the last minute of a day, UTC (§5.7).
 */
export function isTimestamp(text: string): boolean {
  const year = digits(text, 0) * 100 + digits(text, 2)
  const month = digits(text, 5)
  const day = digits(text, 8)
  const hour = digits(text, 11)
  const minute = digits(text, 14)
  const second = digits(text, 17)
  if (year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return false
  if (hour > 23 || minute > 59 || second > 60 || !hasSeparators(text)) return false
  const end = text.charCodeAt(19) === 0x2e ? skip(text, 20, DIGIT) : 19
  const offset = end === 20 ? NO_NUMBER : offsetMinutes(text, end)
  if (offset === NO_NUMBER) return false
  return second < 60 || (hour * 60 + minute - offset + 2880) % 1440 === 1439
}

/** Larger than any number of a timestamp; staying an integer keeps the arithmetic fast. */
const NO_NUMBER = 100_000

/** Two digits as a number, or `NO_NUMBER`. */
function digits(text: string, index: number): number {
  if (index + 1 >= text.length) return NO_NUMBER
  const tens = text.charCodeAt(index) - 0x30
  const ones = text.charCodeAt(index + 1) - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NO_NUMBER
}

/** `----` as in `2026-01-31T12:00:00`; the text has that length. */
function hasSeparators(text: string): boolean {
  return (
    text.charCodeAt(4) === 0x2d &&
    text.charCodeAt(7) === 0x2d &&
    (text.charCodeAt(10) | 0x20) === 0x74 &&
    text.charCodeAt(13) === 0x3a &&
    text.charCodeAt(16) === 0x3a
  )
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The offset that fills the rest of the text, in minutes east of UTC, or `NO_NUMBER`. */
function offsetMinutes(text: string, index: number): number {
  if (index >= text.length) return NO_NUMBER
  const sign = text.charCodeAt(index)
  if ((sign | 0x20) === 0x7a) return text.length === index + 1 ? 0 : NO_NUMBER
  if ((sign !== 0x2b && sign !== 0x2d) || text.length !== index + 6) return NO_NUMBER
  const hours = digits(text, index + 1)
  const minutes = digits(text, index + 4)
  if (hours > 23 || minutes > 59 || text.charCodeAt(index + 3) !== 0x3a) return NO_NUMBER
  return sign === 0x2b ? hours * 60 + minutes : -hours * 60 - minutes
}

let lastMediaType = 'application/json'

/**
 * RFC 2046 `type/subtype; name=value; name="quoted value"` with the tokens and optional spaces of RFC 9110 §8.3.1. Outside ASCII
 * nothing is valid, for no transport carries it in a content type.
 */
export function isMediaType(text: string): boolean {
  if (text === lastMediaType) return true
  const slash = skip(text, 0, TOKEN)
  if (slash === 0 || text.charCodeAt(slash) !== 0x2f) return false
  let index = skip(text, slash + 1, TOKEN)
  if (index === slash + 1) return false
  while (index < text.length) {
    const semicolon = skipSpaces(text, index)
    if (text.charCodeAt(semicolon) !== 0x3b) return false
    index = skipParameter(text, skipSpaces(text, semicolon + 1))
    if (index < 0) return false
  }
  if (text.length <= MEMO_LIMIT) lastMediaType = text
  return true
}

function skipSpaces(text: string, from: number): number {
  let index = from
  while (text.charCodeAt(index) === 0x20) index++
  return index
}

/** The end of a parameter, which RFC 9110 §5.6.6 lets be absent, or -1. */
function skipParameter(text: string, from: number): number {
  const equals = skip(text, from, TOKEN)
  if (equals === from) return from
  if (text.charCodeAt(equals) !== 0x3d) return -1
  if (text.charCodeAt(equals + 1) === 0x22) return skipQuoted(text, equals + 2)
  const end = skip(text, equals + 1, TOKEN)
  return end === equals + 1 ? -1 : end
}

function skipQuoted(text: string, from: number): number {
  for (let index = from; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x22) return index + 1
    const character = code === 0x5c ? text.charCodeAt(++index) : code
    if (!(character >= 0x20 && character <= 0x7e)) return -1
  }
  return -1
}

/** Where data of this type are JSON (CloudEvents JSON format §3.1): subtype `json` or `…+json`, in any case. */
export function isJsonMediaType(contentType: string): boolean {
  if (contentType === 'application/json') return true
  const end = essenceEnd(contentType)
  return endsWith(contentType, end, '/json') || endsWith(contentType, end, '+json')
}

/** Where data of this type read as text: `text/*`, `application/xml` and `…+xml`, in any case. */
export function isTextMediaType(contentType: string): boolean {
  const end = essenceEnd(contentType)
  return (
    (end > 5 && endsWith(contentType, 5, 'text/')) ||
    endsWith(contentType, end, '+xml') ||
    (end === 15 && endsWith(contentType, end, 'application/xml'))
  )
}

/** Where `type/subtype` ends and spaces or parameters begin. */
function essenceEnd(contentType: string): number {
  const slash = skip(contentType, 0, TOKEN)
  return slash > 0 && contentType.charCodeAt(slash) === 0x2f ? skip(contentType, slash + 1, TOKEN) : 0
}

function endsWith(text: string, end: number, lowerCase: string): boolean {
  const start = end - lowerCase.length
  if (start < 0) return false
  for (let index = 0; index < lowerCase.length; index++) {
    const code = text.charCodeAt(start + index)
    const folded = code >= 0x41 && code <= 0x5a ? code | 0x20 : code
    if (folded !== lowerCase.charCodeAt(index)) return false
  }
  return true
}

/** RFC 4648 §4, padded, without line breaks (CloudEvents §3.1 "Binary"). The empty text is no bytes. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}

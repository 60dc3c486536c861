import { MEMO_LIMIT, skip, TOKEN } from './characters.ts'

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
    // Upper to lower case; what else this changes is in none of the endings.
    const folded = code >= 0x41 ? code | 0x20 : code
    if (folded !== lowerCase.charCodeAt(index)) return false
  }
  return true
}

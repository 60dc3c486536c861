/** The character classes that the syntax rules share, one bit each. */
export const ALPHA = 1
export const DIGIT = 2
export const HEX = 4
export const SCHEME = 8 // RFC 3986 §3.1
export const REG_NAME = 16 // RFC 3986 §3.2.2: unreserved and sub-delims
export const USERINFO = 32 // RFC 3986 §3.2.1
export const PATH = 64 // RFC 3986 §3.3: pchar and the slash
export const QUERY = 128 // RFC 3986 §3.4: query and fragment
export const TOKEN = 256 // RFC 9110 §5.6.2

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
export function has(text: string, index: number, bits: number): boolean {
  // Without the first comparison the table is asked for NaN, which is thirty times slower.
  if (index >= text.length) return false
  const code = text.charCodeAt(index)
  return code < 128 && ((CLASSES[code] ?? 0) & bits) !== 0
}

/** The first index from `from` on that holds none of `bits`. */
export function skip(text: string, from: number, bits: number): number {
  let index = from
  while (has(text, index, bits)) index++
  return index
}

/**
 * The longest text that a rule keeps as its last valid one. Producers repeat few sources, types and schemas, so most checks
 * end at one comparison; a memo must not hold on to megabytes, though.
 */
export const MEMO_LIMIT = 256

import { toText } from './message.ts'

/**
 * Header values of HTTP and NATS: CloudEvents 1.0.2, HTTP Protocol Binding §3.1.3.2. All functions take time linear in the
 * length of the text, and return a text that needs no work as it is.
 */

/** Finds what is not plain; one range, since two take a third longer. The plain `!`, `#` and `$` are rare enough to be looked at again. */
const maybeEncoded = /[^&-~]/
const toEncode = /[^!#$&-~]+/g
const raw = /[^!-~]|"/
const rawInQuotes = /[^ -~]/
const lonePercent = /%(?![0-9A-Fa-f]{2})/g
const beyondAscii = /[\u0080-\uffff]/
const loneSurrogate = /\p{Surrogate}/gu

/** True where neither direction has anything to do, quotes included; a few texts that are plain too are not told. */
export function isPlain(text: string): boolean {
  return !maybeEncoded.test(text)
}

/** What {@link percentDecode} accepts although no sender should write it. */
export type PercentLeniency = 'lone-percent' | 'raw-text'

/**
 * Encodes the space, the double quote, the percent sign and everything outside U+0021–7E as UTF-8 bytes in upper-case hex.
 * Lone surrogates, which no valid event has, become U+FFFD.
 */
export function percentEncode(text: string): string {
  return maybeEncoded.test(text) ? text.replace(toEncode, encoded) : text
}

function encoded(run: string): string {
  // Most of what is encoded; twice as fast as the rest.
  if (run === ' ') return '%20'
  return encodeURIComponent(run.replace(loneSurrogate, '\ufffd'))
}

/**
 * Undoes one round of percent-encoding, needless and lower-case encodings included. `undefined` where encoded bytes are not
 * valid UTF-8, which the specification says to refuse: overlong (`%C0%A0`), a surrogate (`%ED%A0%80`) or cut short.
 *
 * `onLeniency` hears, at most once each, of a percent sign without two hex digits (`lone-percent`) and of characters that
 * the sender had to encode (`raw-text`); both are kept as they are. In a text that {@link unquote} took out of quotes
 * (`isQuoted`), spaces and double quotes need no encoding: older versions of the specification wrote them so.
 */
export function percentDecode(
  text: string,
  onLeniency: (leniency: PercentLeniency) => void,
  isQuoted = false,
): string | undefined {
  if (!maybeEncoded.test(text)) return text
  if ((isQuoted ? rawInQuotes : raw).test(text)) onLeniency('raw-text')
  if (!text.includes('%')) return text
  const sound = text.replace(lonePercent, '%25')
  if (sound !== text) onLeniency('lone-percent')
  try {
    return decodeURIComponent(sound)
  } catch {
    return undefined
  }
}

/**
 * The content of a quoted-string (RFC 7230 §3.2.6), its backslash escapes undone; any other text, a malformed quoted-string
 * included, as it is. For HTTP, before {@link percentDecode}.
 */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text
  const content = text.slice(1, -1)
  if (!/["\\]/.test(content)) return content
  // What is left beside whole escapes: a quote that ends the string early, or a backslash that escapes its end.
  const isMalformed = /["\\]/.test(content.replace(/\\./gs, ''))
  return isMalformed ? text : content.replace(/\\(.)/gs, '$1')
}

/**
 * The text whose UTF-8 bytes came as a character each, as Node.js and `fetch` give the bytes of a header (ISO 8859-1); any
 * other text as it is. A text that looks like such bytes by accident (`Ã©`) is taken for them.
 */
export function utf8OfLatin1(text: string): string {
  if (!beyondAscii.test(text)) return text
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0xff) return text
    bytes[i] = code
  }
  try {
    return toText(bytes)
  } catch {
    return text
  }
}

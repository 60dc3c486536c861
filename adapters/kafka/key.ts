import { toText } from '../core/message.ts'

const escapedBytes = /^[\0-\x7f\udc80-\udcff]*$/
const escapedByte = /[\udc80-\udcff]/

/**
 * The text of a key. Keys that are not UTF-8, such as binary numbers, have no text; each byte above 0x7F then becomes the
 * lone surrogate U+DC80 to U+DCFF (as in Python's PEP 383), so that different keys stay different and
 * {@link bytesOfKey} gives back the very bytes.
 */
export function textOfKey(bytes: Uint8Array): string {
  try {
    return toText(bytes)
  } catch {
    let text = ''
    for (const byte of bytes) text += String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)
    return text
  }
}

/** The bytes of a key whose text {@link textOfKey} made of bytes that are not UTF-8; any other key as it is. */
export function bytesOfKey(key: string): string | Uint8Array {
  if (!escapedByte.test(key) || !escapedBytes.test(key)) return key
  return Uint8Array.from(key, (character) => character.charCodeAt(0) & 0xff)
}

/**
 * The syntax of attribute names and values as predicates: CloudEvents 1.0.2, "Naming Conventions" and "Type System",
 * and the RFCs that they name. All are linear in the length of the text, allocate nothing for a common valid one, and
 * never throw.
 */
export { isJsonMediaType, isMediaType, isTextMediaType } from './media-type.ts'
export { isTimestamp } from './timestamp.ts'
export { isUri, isUriReference } from './uri.ts'

/**
 * CloudEvents "Naming Conventions": a–z and 0–9, at least one; `data` is reserved. More than 20 characters are
 * discouraged, not wrong: documented extensions have 25.
 */
export function isAttributeName(name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index)
    if (code > 0x7a || (code < 0x61 && (code < 0x30 || code > 0x39))) return false
  }
  return name !== '' && name !== 'data'
}

/** CloudEvents "Type System", Integer: a whole number from -2,147,483,648 to 2,147,483,647. */
export function isInt32(value: number): boolean {
  return (value | 0) === value
}

/**
 * CloudEvents "Type System", String: Unicode without the control characters U+0000–1F and U+007F–9F, noncharacters and lone
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

/** RFC 4648 §4, padded, without line breaks (CloudEvents "Type System", Binary). The empty text is no bytes. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}

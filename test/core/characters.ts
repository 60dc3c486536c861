import fc from 'fast-check'

/** Any code point, halves of pairs too. fast-check's own unit `binary` builds a table of a million entries for it first. */
export const anyCodePoint = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))

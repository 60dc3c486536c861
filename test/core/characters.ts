import fc from 'fast-check'

const halves = { from: 0xd800, count: 0x800 } as const

/** Any code point but half a pair: fast-check's own unit `binary` is this too, and builds a table of a million entries for it first. */
export const anyCodePoint = fc
  .integer({ min: 0, max: 0x10ffff - halves.count })
  .map((code) => String.fromCodePoint(code < halves.from ? code : code + halves.count))

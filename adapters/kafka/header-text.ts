/** What the headers of the record before were. Most records of a topic have the same names in the same places. */
export interface Seen {
  names: readonly string[]
  headers: Readonly<Record<string, string>>
}

/** The headers of one partition's records, which those of the next are compared with. */
export function nothingSeen(): Seen {
  return { names: [], headers: {} }
}

const replacement = '\ufffd'

/**
 * The headers of a record, which begin with their number and end the record: one text of all of it, cut to pieces, which
 * takes a fraction of the time of a text for each. `undefined` where it is not ASCII, so where a length has two bytes as well,
 * and where a header is repeated or has no value.
 */
export function headersOf(
  bytes: Buffer,
  from: number,
  to: number,
  seen: Seen,
): Record<string, string> | undefined {
  const text = bytes.toString('utf8', from, to)
  // What is not ASCII is shorter as a text than as bytes, or is replaced.
  if (text.length !== to - from || text.includes(replacement)) return undefined
  return likeBefore(text, seen) ?? anew(text, seen)
}

/** A copy of an object takes new values sooner than an empty one takes new names. */
function likeBefore(text: string, { names, headers: before }: Seen): Record<string, string> | undefined {
  if (text.charCodeAt(0) !== 2 * names.length) return undefined
  const headers = { ...before }
  let at = 1
  for (const name of names) {
    if (text.charCodeAt(at++) !== 2 * name.length || !isAt(text, at, name)) return undefined
    at += name.length
    const length = text.charCodeAt(at++)
    if (isNegative(length)) return undefined
    const end = at + (length >> 1)
    headers[name] = text.slice(at, end)
    at = end
  }
  return headers
}

function anew(text: string, seen: Seen): Record<string, string> | undefined {
  const headers: Record<string, string> = {}
  let at = 1
  for (let left = text.charCodeAt(0) >> 1; left > 0; left--) {
    const nameLength = text.charCodeAt(at++)
    const nameEnd = at + (nameLength >> 1)
    const name = text.slice(at, nameEnd)
    const valueLength = text.charCodeAt(nameEnd)
    at = nameEnd + 1 + (valueLength >> 1)
    // What objects inherit counts as repeated.
    if (isNegative(nameLength) || isNegative(valueLength) || headers[name] !== undefined) return undefined
    headers[name] = text.slice(nameEnd + 1, at)
  }
  seen.names = Object.keys(headers)
  seen.headers = { ...headers }
  return headers
}

/** Faster than `startsWith` for a few characters. */
function isAt(text: string, at: number, name: string): boolean {
  for (let i = name.length - 1; i >= 0; i--) if (text.charCodeAt(at + i) !== name.charCodeAt(i)) return false
  return true
}

/** Lengths are written with their sign in the last bit. */
function isNegative(length: number): boolean {
  return (length & 1) !== 0
}

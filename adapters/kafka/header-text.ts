/** What the headers of the record before were. Most records of a topic have the same names in the same places. */
export interface Seen {
  names: readonly string[]
  /** The bytes of all the names, one behind the other. */
  bytes: Uint8Array
  headers: Readonly<Record<string, string>>
}

/** The headers of one partition's records, which those of the next are compared with. */
export function nothingSeen(): Seen {
  return { names: [], bytes: new Uint8Array(), headers: {} }
}

const replacement = '\ufffd'

/**
 * The headers of a record, which begin with their number and end the record: one text of all of it, cut to pieces, which
 * takes a fraction of the time of a text for each. `undefined` where it is not ASCII, so where a length has two bytes as well,
 * where a header is repeated or has no value, and where lengths do not end with the record.
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
  return likeBefore(text, bytes, from, seen) ?? anew(text, seen)
}

/**
 * A copy of an object takes new values sooner than an empty one takes new names. Names and lengths are compared as bytes, in
 * half the time that characters take; those of ASCII have the same places.
 */
function likeBefore(
  text: string,
  bytes: Buffer,
  from: number,
  { names, bytes: nameBytes, headers: before }: Seen,
): Record<string, string> | undefined {
  if (bytes[from] !== 2 * names.length) return undefined
  const headers = { ...before }
  let at = 1
  let compared = 0
  for (const name of names) {
    if (bytes[from + at++] !== 2 * name.length) return undefined
    for (const end = at + name.length; at < end; at++)
      if (bytes[from + at] !== nameBytes[compared++]) return undefined
    const length = bytes[from + at++] ?? 0
    if (isNegative(length)) return undefined
    const end = at + (length >> 1)
    headers[name] = text.slice(at, end)
    at = end
  }
  return at === text.length ? headers : undefined
}

function anew(text: string, seen: Seen): Record<string, string> | undefined {
  const headers: Record<string, string> = {}
  const count = text.charCodeAt(0)
  if (isNegative(count)) return undefined
  let at = 1
  for (let left = count >> 1; left > 0; left--) {
    const nameLength = text.charCodeAt(at++)
    const nameEnd = at + (nameLength >> 1)
    const name = text.slice(at, nameEnd)
    const valueLength = text.charCodeAt(nameEnd)
    at = nameEnd + 1 + (valueLength >> 1)
    // What objects inherit counts as repeated.
    if (isNegative(nameLength) || isNegative(valueLength) || headers[name] !== undefined) return undefined
    headers[name] = text.slice(nameEnd + 1, at)
  }
  if (at !== text.length) return undefined
  seen.names = Object.keys(headers)
  seen.bytes = Buffer.from(seen.names.join(''))
  seen.headers = { ...headers }
  return headers
}

/** Lengths are written with their sign in the last bit. */
function isNegative(length: number): boolean {
  return (length & 1) !== 0
}

/**
 * The text of one member's value at the top of a JSON object, as it was written. The text must be valid JSON: this looks
 * only at its structure. Of repeated members the last counts, as in `JSON.parse`. Returns `undefined` where there is none.
 */
export function memberText(json: string, name: string): string | undefined {
  let found: string | undefined
  let at = json.indexOf('{') + 1
  for (;;) {
    const open = json.indexOf('"', at)
    if (open === -1) return found
    const close = endOfString(json, open)
    const start = skipSpace(json, json.indexOf(':', close) + 1)
    const end = endOfValue(json, start)
    if (isName(json.slice(open + 1, close - 1), name)) found = json.slice(start, end)
    at = end
  }
}

/** The texts of the elements of a JSON array, as they were written. The text must be valid JSON. */
export function elementTexts(json: string): string[] {
  const texts: string[] = []
  let at = skipSpace(json, json.indexOf('[') + 1)
  while (json[at] !== ']' && at < json.length) {
    const end = endOfValue(json, at)
    texts.push(json.slice(at, end))
    at = skipSpace(json, end)
    if (json[at] === ',') at = skipSpace(json, at + 1)
  }
  return texts
}

function isName(written: string, name: string): boolean {
  return written.includes('\\') ? JSON.parse(`"${written}"`) === name : written === name
}

/** Index behind the string that opens at `open`. */
function endOfString(json: string, open: number): number {
  let quote = json.indexOf('"', open + 1)
  for (;;) {
    let slashes = 0
    while (json.charCodeAt(quote - 1 - slashes) === 92) slashes++
    if (slashes % 2 === 0) return quote + 1
    quote = json.indexOf('"', quote + 1)
  }
}

/** Index behind the value that begins at `start`, without the space that follows it. */
function endOfValue(json: string, start: number): number {
  const first = json[start]
  if (first === '"') return endOfString(json, start)
  if (first !== '{' && first !== '[') {
    let end = start
    while (end < json.length && !' \t\r\n,}]'.includes(json.charAt(end))) end++
    return end
  }
  let depth = 0
  for (let at = start; at < json.length; ) {
    const char = json[at]
    if (char === '"') {
      at = endOfString(json, at)
      continue
    }
    at++
    if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) return at
  }
  return json.length
}

function skipSpace(json: string, at: number): number {
  let index = at
  while (' \t\r\n'.includes(json.charAt(index))) index++
  return index
}

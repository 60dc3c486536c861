/** In order of preference, when a header line has as many of one as of another. */
const candidates = [',', ';', '\t', '|']

/** The line that Excel reads as an instruction: `sep=;`. */
const instruction = /^sep=(.)\r?\n/i

/** Counts each candidate in the first line that is not blank, outside of quotes. */
function countIn(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  let quoted = false
  let blank = true
  for (const character of text) {
    if (character === '"') quoted = !quoted
    if (quoted) continue
    if (character === '\n' || character === '\r') {
      if (!blank) break
      continue
    }
    blank = false
    if (candidates.includes(character)) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  return counts
}

/** What parts the cells, and whether the file's first line says it and so is no line of the table. */
export interface Delimiter {
  readonly character: string
  readonly declared: boolean
}

/** Finds the delimiter in the start of a file: as `sep=` declares it, or the most frequent in the header line. */
export function delimiterOf(text: string): Delimiter {
  const declared = instruction.exec(text)?.[1]
  if (declared !== undefined) return { character: declared, declared: true }
  const counts = countIn(text)
  const count = (candidate: string) => counts.get(candidate) ?? 0
  const character = candidates.reduce((best, next) => (count(next) > count(best) ? next : best))
  return { character, declared: false }
}

/**
 * The candidate with the fewest edits (Levenshtein) from what was written, or one that it is the beginning of: for messages
 * that name the right spelling. `undefined` where none is near, so that nothing is what was meant.
 */
export function nearest(written: string, candidates: readonly string[]): string | undefined {
  const name = written.toLowerCase()
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const edits = distance(name, candidate.toLowerCase())
    if (edits < least && isNear(name, candidate.toLowerCase(), edits)) {
      least = edits
      best = candidate
    }
  }
  return best
}

/** Most names that a hint lists: of more, it says how many there are. */
const shown = 12

/** What to do about a name that is none: the one that was meant, or where none is near, all that there are. */
export function hint(written: string, candidates: readonly string[]): string {
  const near = nearest(written, candidates)
  if (near !== undefined) return `did you mean "${near}"?`
  if (candidates.length === 0) return 'there are none'
  const more = candidates.length - shown
  return `use ${candidates.slice(0, shown).join(', ')}${more > 0 ? ` or one of ${more} more` : ''}`
}

function isNear(name: string, candidate: string, edits: number): boolean {
  const isPart =
    name.length > 1 && (candidate.startsWith(name) || (candidate !== '' && name.startsWith(candidate)))
  return isPart || edits <= Math.round(Math.max(name.length, candidate.length) * 0.4)
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const replace = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(replace, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Texts that are remembered, and their length, at most. */
const most = 100
const longest = 100

/**
 * Texts that match a pattern. The first of them are remembered, since an application writes few types and sources, and a text
 * is found sooner than matched. What is read from a wire is new each time, and better matched.
 */
export class MatchingTexts {
  readonly #pattern: RegExp
  readonly #known = new Set<unknown>()

  constructor(pattern: RegExp) {
    this.#pattern = pattern
  }

  has(text: unknown): text is string {
    if (this.#known.has(text)) return true
    if (typeof text !== 'string' || !this.#pattern.test(text)) return false
    if (this.#known.size < most && text.length <= longest) this.#known.add(copyOf(text))
    return true
  }
}

/** A text that was cut out of another keeps all of that one in memory. */
function copyOf(text: string): unknown {
  return JSON.parse(JSON.stringify(text))
}

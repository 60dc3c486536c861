/** Names that are remembered, and their length, at most: senders choose them, and memory must not grow with what they send. */
const remembered = 1000
const longestName = 64

/**
 * Which header carries which attribute, for one prefix. Joining or cutting a name anew for each header of each event
 * would cost more than all the rest of the codec, so names are remembered.
 */
export class HeaderNames {
  readonly #prefix: string
  readonly #headers = new Map([['datacontenttype', 'content-type']])
  readonly #attributes = new Map<string, string | undefined>()

  /** Only after a header in other case was seen can two headers of a message carry the same attribute. */
  sawOtherCase = false

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  headerOf(attribute: string): string {
    const known = this.#headers.get(attribute)
    if (known !== undefined) return known
    const header = this.#prefix + attribute
    if (this.#headers.size < remembered && header.length <= longestName) this.#headers.set(attribute, header)
    return header
  }

  /** `undefined` for a header that carries no attribute. The content type has a header of its own. */
  attributeOf(header: string): string | undefined {
    const known = this.#attributes.get(header)
    if (known !== undefined || this.#attributes.has(header)) return known
    const folded = header.toLowerCase()
    const bare = folded.startsWith(this.#prefix) ? folded.slice(this.#prefix.length) : ''
    const attribute = bare === '' || bare === 'datacontenttype' ? undefined : bare
    if (attribute !== undefined && folded !== header) this.sawOtherCase = true
    if (this.#attributes.size < remembered && header.length <= longestName)
      this.#attributes.set(header, attribute)
    return attribute
  }
}

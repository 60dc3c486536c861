import type { ExtensionType } from './extensions.ts'

/** Names that are remembered, and their length, at most: senders choose them, and memory must not grow with what they send. */
const remembered = 1000
const longestName = 64

/** The attribute that a header carries. */
export interface HeaderAttribute {
  readonly name: string
  /** Of a documented extension or one of the application's own. */
  readonly type: ExtensionType | undefined
  /** The header had upper-case letters. */
  readonly isFolded: boolean
}

/**
 * Which header carries which attribute, for one prefix. Joining or cutting a name anew for each header of each event
 * would cost more than all the rest of the codec, so names are remembered.
 */
export class HeaderNames {
  readonly #prefix: string
  readonly #extensions: ReadonlyMap<string, ExtensionType>
  readonly #headers: Map<string, string>
  readonly #attributes = new Map<string, HeaderAttribute | undefined>()

  /** Only after a header in other case was seen can two headers of a message carry the same attribute. */
  sawOtherCase = false

  /** `contentType`: the header of `datacontenttype`, which has its own in most transports. */
  constructor(prefix: string, contentType: string, extensions: ReadonlyMap<string, ExtensionType>) {
    this.#prefix = prefix
    this.#extensions = extensions
    this.#headers = new Map([['datacontenttype', contentType]])
  }

  headerOf(attribute: string): string {
    const known = this.#headers.get(attribute)
    if (known !== undefined) return known
    const header = this.#prefix + attribute
    if (this.#headers.size < remembered && header.length <= longestName) this.#headers.set(attribute, header)
    return header
  }

  /** `undefined` for a header that carries no attribute. The content type is looked up by itself. */
  attributeOf(header: string): HeaderAttribute | undefined {
    const known = this.#attributes.get(header)
    if (known !== undefined || this.#attributes.has(header)) return known
    const folded = header.toLowerCase()
    const name = folded.startsWith(this.#prefix) ? folded.slice(this.#prefix.length) : ''
    const isFolded = folded !== header
    const isAttribute = name !== '' && name !== 'datacontenttype'
    const attribute = isAttribute ? { name, type: this.#extensions.get(name), isFolded } : undefined
    if (isAttribute && isFolded) this.sawOtherCase = true
    if (this.#attributes.size < remembered && header.length <= longestName)
      this.#attributes.set(header, attribute)
    return attribute
  }
}

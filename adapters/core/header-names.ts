import type { ExtensionType } from './extensions.ts'
import { usualText } from './usual.ts'

/** Names that are remembered, and their length, at most: senders choose them, and memory must not grow with what they send. */
const remembered = 1000
const longestName = 64

const required = new Set(['specversion', 'id', 'source', 'type'])

/** The attribute that a header carries. */
export interface HeaderAttribute {
  readonly name: string
  /** Of a documented extension or one of the application's own. */
  readonly type: ExtensionType | undefined
  /** The header had upper-case letters. */
  readonly isFolded: boolean
  /** As {@link usualText}. */
  readonly usual: RegExp | undefined
}

/** Where an attribute is written. */
export interface AttributePlace {
  readonly header: string
  /** As {@link usualText}. */
  readonly usual: RegExp | undefined
  readonly isRequired: boolean
}

/**
 * Which header carries which attribute, for one prefix. Joining or cutting a name anew for each header of each event
 * would cost more than all the rest of the codec, so names are remembered.
 */
export class HeaderNames {
  readonly #prefix: string
  readonly #extensions: ReadonlyMap<string, ExtensionType>
  readonly #contentType: string
  readonly #places = new Map<string, AttributePlace>()
  readonly #attributes = new Map<string, HeaderAttribute | undefined>()

  /** `contentType`: the header of `datacontenttype`, which has its own in most transports. */
  constructor(prefix: string, contentType: string, extensions: ReadonlyMap<string, ExtensionType>) {
    this.#prefix = prefix
    this.#extensions = extensions
    this.#contentType = contentType
  }

  headerOf(attribute: string): string {
    return this.placeOf(attribute).header
  }

  placeOf(attribute: string): AttributePlace {
    const known = this.#places.get(attribute)
    if (known !== undefined) return known
    const header = attribute === 'datacontenttype' ? this.#contentType : this.#prefix + attribute
    const place = { header, usual: this.#usual(attribute), isRequired: required.has(attribute) }
    remember(this.#places, attribute, place)
    return place
  }

  /** `undefined` for a header that carries no attribute. The content type is looked up by itself. */
  attributeOf(header: string): HeaderAttribute | undefined {
    const known = this.#attributes.get(header)
    if (known !== undefined || this.#attributes.has(header)) return known
    const folded = header.toLowerCase()
    const name = folded.startsWith(this.#prefix) ? folded.slice(this.#prefix.length) : ''
    const isFolded = folded !== header
    const isAttribute = name !== '' && name !== 'datacontenttype'
    const attribute = isAttribute
      ? { name, type: this.#extensions.get(name), isFolded, usual: this.#usual(name) }
      : undefined
    remember(this.#attributes, header, attribute)
    return attribute
  }

  #usual(name: string): RegExp | undefined {
    return usualText(name, this.#extensions.get(name))
  }
}

/**
 * Names that nobody else sends must not keep those out that everybody sends: when there is no room, all make way, and what
 * is in use is back at once.
 */
function remember<T>(names: Map<string, T>, name: string, value: T): void {
  if (name.length > longestName) return
  if (names.size >= remembered) names.clear()
  names.set(name, value)
}

import { DecodeError } from './errors.ts'
import { sameBytes, toBytes, toText } from './message.ts'
import { isJsonMediaType, isTextMediaType } from './rules.ts'
import { memberText } from './span.ts'
import { stringify } from './stringify.ts'

/** How data reads: a JSON value, a string or a `Uint8Array`. */
export type DataForm = 'json' | 'text' | 'bytes'

/** The form that a media type calls for. Without one nothing is known, so bytes stay bytes (CloudEvents §3.1). */
export function formOf(contentType: string | undefined): DataForm {
  if (contentType === undefined) return 'bytes'
  if (isJsonMediaType(contentType)) return 'json'
  return isTextMediaType(contentType) ? 'text' : 'bytes'
}

/**
 * The data of one event as it is on the wire, read only when asked for. Holds exactly one of: the bytes, the JSON text,
 * or the JSON envelope that contains it; the others are made on demand.
 */
export class WireData {
  readonly form: DataForm
  #bytes: Uint8Array | undefined
  #text: string | undefined
  #envelope: string | undefined
  #value: unknown
  #read = false
  #stringified = false

  private constructor(form: DataForm) {
    this.form = form
  }

  static ofBytes(bytes: Uint8Array, form: DataForm): WireData {
    const data = new WireData(form)
    data.#bytes = bytes
    return data
  }

  static ofText(text: string, form: 'json' | 'text'): WireData {
    const data = new WireData(form)
    data.#text = text
    data.#stringified = form === 'json'
    return data
  }

  /** The `data` member of a JSON envelope that is already parsed; its text is looked for only when it is relayed. */
  static ofMember(envelope: string, value: unknown): WireData {
    const data = new WireData('json')
    data.#envelope = envelope
    data.#value = value
    return data
  }

  /** The text came out of a parsed document or out of `JSON.stringify`, so it need not be parsed to be trusted. */
  get isKnownJson(): boolean {
    return this.form === 'json' && (this.#envelope !== undefined || this.#stringified)
  }

  bytes(): Uint8Array {
    this.#bytes ??= toBytes(this.text())
    return this.#bytes
  }

  /** Throws a `TypeError` where bytes are not UTF-8. */
  text(): string {
    if (this.#text !== undefined) return this.#text
    if (this.#envelope !== undefined) this.#text = memberText(this.#envelope, 'data')
    else if (this.#bytes !== undefined) this.#text = toText(this.#bytes)
    return this.#text ?? ''
  }

  /** The data as an application reads it; the same object at every call. */
  value(): unknown {
    if (this.#read) return this.#value
    if (this.#envelope === undefined) this.#value = this.#parse()
    this.#read = true
    return this.#value
  }

  /** This, or what an application made of it by changing the object that `value` gave. */
  current(): WireData {
    if (!this.#read || typeof this.#value !== 'object' || this.#value === null) return this
    if (this.#value instanceof Uint8Array) {
      return sameBytes(this.#value, this.bytes()) ? this : WireData.ofBytes(this.#value, 'bytes')
    }
    const text = stringify(this.#value)
    const unchanged = text === this.text() || text === JSON.stringify(JSON.parse(this.text()))
    return unchanged ? this : WireData.ofText(text, 'json')
  }

  #parse(): unknown {
    if (this.form === 'bytes') return this.bytes().slice()
    try {
      return this.form === 'json' ? JSON.parse(this.text()) : this.text()
    } catch (cause) {
      const kind = this.form === 'json' ? 'valid JSON' : 'valid UTF-8'
      throw new DecodeError(`data is not ${kind}: send it as its datacontenttype says`, { cause })
    }
  }
}

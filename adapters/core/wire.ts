import { DecodeError, InvalidEventError } from './errors.ts'
import { isBytes, sameBytes, toBytes, toText, utf8Length } from './message.ts'
import { isJsonMediaType, isTextMediaType } from './rules.ts'
import { sameJson } from './same-json.ts'
import { stringify } from './stringify.ts'

/** How data reads: a JSON value, a string or a `Uint8Array`. */
export type DataForm = 'json' | 'text' | 'bytes'

/** The form that a media type calls for. Without one nothing is known, so bytes stay bytes (CloudEvents "datacontenttype"). */
export function formOf(contentType: string | undefined): DataForm {
  if (contentType === undefined) return 'bytes'
  if (isJsonMediaType(contentType)) return 'json'
  return isTextMediaType(contentType) && isUtf8(charsetOf(contentType)) ? 'text' : 'bytes'
}

/** Text in another charset is left to the application as bytes. */
function isUtf8(charset: string | undefined): boolean {
  return charset === undefined || charset === 'utf-8' || charset === 'us-ascii'
}

/** True where the UTF-8 of a text is what the charset of its type, if it names one, makes of it. */
export function isUtf8Of(contentType: string, text: string): boolean {
  const charset = charsetOf(contentType)
  return charset === 'us-ascii' ? utf8Length(text) === text.length : isUtf8(charset)
}

function charsetOf(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType)?.[1]?.toLowerCase()
}

/**
 * The `data` member of a JSON event, whose text may be a function that finds it; `undefined` where its content type wants
 * a string and it is none (JSON event format §3.1.1).
 */
export function wireOfMember(
  text: string | (() => string),
  value: unknown,
  contentType: string | undefined,
): WireData | ParsedData | undefined {
  if (contentType === undefined || isJsonMediaType(contentType)) return new ParsedData(value, text)
  return typeof value === 'string' ? WireData.ofBytes(toBytes(value), formOf(contentType)) : undefined
}

/** Letters of data up to which to write them again costs a relay little. */
const short = 1024

/** The data of an event in JSON, which were parsed with it. A text that is still to be found is looked for by a relay alone. */
export class ParsedData {
  readonly #value: unknown
  readonly #text: string | (() => string)
  #isRead = false
  #wire: WireData | undefined

  constructor(value: unknown, text: string | (() => string)) {
    this.#value = value
    this.#text = text
  }

  get isShort(): boolean {
    return typeof this.#text === 'string' && this.#text.length <= short
  }

  /** The data as an application reads it, and may change or replace it. */
  read(): unknown {
    this.#isRead = true
    return this.#value
  }

  /** The data as they were written, unless what the event has `now` is something else. */
  wireOf(now: () => unknown): WireData | undefined {
    return !this.#isRead || this.#isSame(now()) ? this.#written() : undefined
  }

  #isSame(now: unknown): boolean {
    if (typeof now !== 'object' || now === null) return Object.is(now, this.#value)
    // What was parsed has no bytes in it.
    return !isBytes(now) && changed(now, this.#written().text()) === undefined
  }

  #written(): WireData {
    this.#wire ??= WireData.ofText(typeof this.#text === 'string' ? this.#text : this.#text(), 'json')
    return this.#wire
  }
}

/**
 * The data of one event as it is on the wire, read only when asked for. Holds the bytes or the text; the other is made on
 * demand.
 */
export class WireData {
  readonly form: DataForm
  #bytes: Uint8Array | undefined
  #text: string | undefined
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

  /** `bytes` is the form of a string that an application gave for a type which says neither text nor JSON. */
  static ofText(text: string, form: DataForm): WireData {
    const data = new WireData(form)
    data.#text = text
    data.#stringified = form === 'json'
    return data
  }

  /** The text came out of a parsed document or out of `JSON.stringify`, so it need not be parsed to be trusted. */
  get isKnownJson(): boolean {
    return this.form === 'json' && this.#stringified
  }

  /** The JSON format has a string for it, where it is UTF-8. */
  get isString(): boolean {
    return this.form === 'text' || (this.form === 'bytes' && this.#text !== undefined)
  }

  bytes(): Uint8Array {
    this.#bytes ??= toBytes(this.text())
    return this.#bytes
  }

  /** Throws a `TypeError` where bytes are not UTF-8. */
  text(): string {
    if (this.#text !== undefined) return this.#text
    // Made anew at each call: kept, it would double what an event holds as long as it is handled.
    return this.#bytes === undefined ? '' : toText(this.#bytes)
  }

  /** The data as an application reads it; the same object at every call. */
  value(): unknown {
    if (this.#read) return this.#value
    this.#value = this.#parse()
    this.#read = true
    return this.#value
  }

  /** The same data, read apart: changing what one gives does not change what the other gives. */
  fork(form: DataForm = this.form): WireData {
    const copy = new WireData(form)
    copy.#stringified = form === this.form && this.isKnownJson
    if (form === this.form && this.#bytes === undefined) copy.#text = this.text()
    else copy.#bytes = this.bytes()
    return copy
  }

  /** This, or what an application made of it by changing the object that `value` gave. */
  current(): WireData {
    if (!this.#read || typeof this.#value !== 'object' || this.#value === null) return this
    if (isBytes(this.#value)) {
      if (sameBytes(this.#value, this.bytes())) return this
      return WireData.ofBytes(new Uint8Array(this.#value), 'bytes')
    }
    const text = changed(this.#value, this.text())
    return text === undefined ? this : WireData.ofText(text, 'json')
  }

  #parse(): unknown {
    // A copy: what a handler does to it must not reach the next attempt or another group. `slice` of a Buffer copies nothing.
    if (this.form === 'bytes') return new Uint8Array(this.bytes())
    try {
      return this.form === 'json' ? JSON.parse(this.text()) : this.text()
    } catch (cause) {
      const kind = this.form === 'json' ? 'valid JSON' : 'valid UTF-8'
      throw new DecodeError(`data is not ${kind}: send it as its datacontenttype says`, { cause })
    }
  }
}

/** The JSON text of a value, unless it is what `text` parses to: then that can be sent as it came. */
function changed(value: unknown, text: string): string | undefined {
  try {
    const written = stringify(value)
    return written === text || written === JSON.stringify(JSON.parse(text)) ? undefined : written
  } catch (error) {
    // Too deeply nested to be written.
    const isDeep = error instanceof InvalidEventError && error.cause instanceof RangeError
    if (isDeep && sameJson(value, JSON.parse(text))) return undefined
    throw error
  }
}

import { DecodedEvent } from './decoded.ts'
import { InvalidEventError } from './errors.ts'
import type { AttributeValue, CloudEvent } from './event.ts'
import { fromBase64, isBytes, toBase64, toBytes } from './message.ts'
import { quote } from './quote.ts'
import { isJsonMediaType } from './rules.ts'
import { describe, stringify, unencodable } from './stringify.ts'
import { formOf, isUtf8Of, WireData } from './wire.ts'

/** The data of any event, ready for an encoder; `undefined` where it has none. Throws `InvalidEventError`. */
export function dataOf(event: CloudEvent): WireData | undefined {
  const wire = DecodedEvent.wireOf(event)
  if (wire !== undefined) return wire
  const { data, data_base64: base64, datacontenttype: contentType } = event
  // The cloudevents package gives binary events both, and its `data` may be an array of wider elements.
  const encoded = base64 === undefined ? undefined : fromBase64(base64)
  if (encoded !== undefined) return WireData.ofBytes(encoded, formOf(contentType))
  if (data === undefined) return undefined
  // A copy, as the text of other data is one: changing the array after publishing changes nothing.
  if (isBytes(data)) return WireData.ofBytes(new Uint8Array(data), formOf(contentType))
  if (isBinary(data)) throw unencodable(`"data" holds bytes in ${describe(data)}: use a Uint8Array`)
  if (contentType === undefined || isJsonMediaType(contentType))
    return WireData.ofText(stringify(data), 'json')
  if (typeof data === 'string') {
    checkText(data)
    if (isUtf8Of(contentType, data)) return WireData.ofText(data, formOf(contentType))
    throw unencodable(
      '"data" is a string that the charset of datacontenttype writes otherwise than UTF-8: declare charset=utf-8, or use a Uint8Array',
    )
  }
  throw unencodable(
    `"data" is ${describe(data)} but datacontenttype is ${quote(contentType)}: use a string or a Uint8Array`,
  )
}

/** The bytes of most data, which applications make and declare as JSON; `undefined` where {@link dataOf} is needed. */
export function usualBody(event: CloudEvent): Uint8Array | undefined {
  if (event.datacontenttype !== 'application/json' || DecodedEvent.is(event)) return undefined
  const { data, data_base64: base64 } = event
  if (data === undefined || base64 !== undefined || isBytes(data) || isBinary(data)) return undefined
  return toBytes(stringify(data))
}

/** As bytes, half a character would become U+FFFD; JSON has escapes for it. */
function checkText(data: string): void {
  const index = data.search(/\p{Surrogate}/u)
  if (index === -1) return
  const message = `"data" has a lone surrogate at index ${index}, which UTF-8 cannot hold: send whole characters, or bytes in a Uint8Array`
  throw new InvalidEventError([{ attribute: 'data', rule: 'utf-8', message }])
}

/** Bytes in another shape: JSON would write them as an object of numbers, or as nothing. */
export function isBinary(data: unknown): boolean {
  return ArrayBuffer.isView(data) || data instanceof ArrayBuffer
}

/** The value of a property if it is an attribute: own, not data, not `undefined`. For loops over `for … in`. */
export function attributeValue(event: CloudEvent, name: string): AttributeValue | undefined {
  if (name === 'data' || name === 'data_base64') return undefined
  const value = event[name]
  // biome-ignore lint/suspicious/noPrototypeBuiltins: inside for-in this costs nothing, Object.hasOwn 8 ns a property
  return isAttributeValue(value) && Object.prototype.hasOwnProperty.call(event, name) ? value : undefined
}

/** An event's attributes: everything but data and what is `undefined`. */
export function attributesOf(event: CloudEvent): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {}
  for (const name in event) {
    const value = attributeValue(event, name)
    if (value !== undefined) attributes[name] = value
  }
  return attributes
}

/** The canonical string of an attribute value (CloudEvents "Type System"). */
export function canonical(value: AttributeValue): string {
  if (typeof value === 'string') return value
  return isBytes(value) ? toBase64(value) : String(value)
}

function isAttributeValue(value: unknown): value is AttributeValue {
  const type = typeof value
  return type === 'string' || type === 'number' || type === 'boolean' || isBytes(value)
}

import { canonical } from './data.ts'
import type { AttributeValue } from './event.ts'
import { isRecord } from './is-record.ts'
import { isBytes, toBytes, toText } from './message.ts'
import { memberText } from './span.ts'

/**
 * The envelope with attributes added, or replaced, and all else as it was: its data by their text, and members that are
 * no legal attributes too, for a dead letter must not lose what only a strict reader refuses. The body must hold one.
 */
export function annotateJson(
  body: Uint8Array,
  attributes: Readonly<Record<string, AttributeValue | undefined>>,
): Uint8Array {
  const text = toText(body).replace(/^\ufeff/, '')
  const members: unknown = JSON.parse(text)
  const parts: string[] = []
  for (const [name, value] of Object.entries(isRecord(members) ? members : {})) {
    if (Object.hasOwn(attributes, name)) continue
    parts.push(
      `${JSON.stringify(name)}:${name === 'data' ? memberText(text, 'data') : JSON.stringify(value)}`,
    )
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined)
      parts.push(`${JSON.stringify(name)}:${JSON.stringify(isBytes(value) ? canonical(value) : value)}`)
  }
  return toBytes(`{${parts.join(',')}}`)
}

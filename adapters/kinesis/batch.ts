import { isRecord } from '../core/is-record.ts'
import { toText } from '../core/message.ts'

const beginsArray = /^\ufeff?[ \t\n\r]*\[/

/** Whether a record's data are a JSON array with an event in it. Documents that never name `specversion` are not parsed. */
export function isBatch(data: Uint8Array): boolean {
  if (!maybeArray(data)) return false
  try {
    const text = toText(data)
    if (!beginsArray.test(text) || !mayNameSpecversion(text)) return false
    const batch: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    return Array.isArray(batch) && batch.some(isEvent)
  } catch {
    return false
  }
}

/** False for nearly all other data, without decoding them. */
function maybeArray(data: Uint8Array): boolean {
  const [first = 0] = data
  return first === 0x5b || first === 0xef || first <= 0x20
}

/** A member name may be written with escapes. */
function mayNameSpecversion(text: string): boolean {
  return text.includes('specversion') || text.includes('\\u00')
}

function isEvent(member: unknown): boolean {
  if (!isRecord(member)) return false
  const { specversion, id, source, type } = member
  return [specversion, id, source, type].every((value) => typeof value === 'string')
}

import { isRecord } from '../core/is-record.ts'
import { hasRequired, searched } from '../core/sniff.ts'

const openingBracket = 0x5b

/** Whether a record's data are a JSON array with an event in it. Documents that never name `specversion` are not parsed. */
export function isBatch(data: Uint8Array): boolean {
  const batch = searched(data, openingBracket)
  return Array.isArray(batch) && batch.some((member) => isRecord(member) && hasRequired(member))
}

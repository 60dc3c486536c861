import type { Message } from '../core/message.ts'
import { percentDecode, percentEncode } from '../core/percent.ts'

/** NATS messages have no key: it travels in this header, percent-encoded as attributes are. */
export const keyHeader = 'waybill-key'
/** The partitioning extension, which is the key where it has the same value, so that it is not sent twice. */
const partitionHeader = 'ce-partitionkey'

/** The header's value, or `undefined` where none is needed. */
export function keyToSend({ key, headers }: Message): string | undefined {
  if (key === undefined) return undefined
  const encoded = percentEncode(key)
  return headers[partitionHeader] === encoded ? undefined : encoded
}

/** The key of a message that was received with this value of the key's header, if any. */
export function keyReceived(
  encoded: string | undefined,
  headers: Readonly<Record<string, string>>,
): string | undefined {
  const found = encoded ?? headers[partitionHeader]
  return found === undefined ? undefined : percentDecode(found, ignore)
}

function ignore(): void {}

import type { WaybillError } from '../core/errors.ts'
import type { Message } from '../core/message.ts'
import { quote } from '../core/quote.ts'
import { isHeaderName, isHeaderValue, isReserved } from './credentials.ts'
import { problem } from './problem.ts'

/**
 * The request of one message. `own` wins over the message's headers: a message passed on from elsewhere must not replace
 * a credential. Headers that frame the request of another hop stay behind.
 */
export function postOf(message: Message, own: Readonly<Record<string, string>>): RequestInit {
  const headers: Record<string, string> = { ...own }
  for (const name in message.headers) {
    const folded = lowerCase(name)
    if (Object.hasOwn(own, folded) || isReserved(folded)) continue
    headers[folded] = headerValueOf(message, name)
  }
  return { method: 'POST', headers, body: message.body }
}

/** Repeated headers become a list (RFC 9110 §5.3), but for an event's own, of which there is one each. */
function headerValueOf({ headers, headerValues }: Message, name: string): string {
  const values = headerValues?.[name]
  if (values === undefined || name.startsWith('ce-')) return headers[name] ?? ''
  return values.map((value) => (typeof value === 'string' ? value : String.fromCharCode(...value))).join(', ')
}

/** Why no request can carry a message, if that is so. */
export function illegalHeader(message: Message): WaybillError | undefined {
  for (const name in message.headers) {
    if (isHeaderName(name) && isHeaderValue(headerValueOf(message, name))) continue
    const text = `header ${quote(name)} of the message holds characters that HTTP cannot carry: percent-encode or remove it`
    return problem('ERR_PUBLISH', text)
  }
  return undefined
}

function lowerCase(name: string): string {
  return name.startsWith('ce-') ? name : name.toLowerCase()
}

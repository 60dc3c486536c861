import { DecodeError } from './errors.ts'

/**
 * Everything that a lenient reader accepts although the specification or the transport's binding does not. Each is a
 * warning under its name; a strict reader refuses each, with the same name as the broken rule, but for an attribute that
 * would be dropped: there the rule is the one that the attribute breaks.
 */
export const leniencies = {
  sniffed: 'the body is a JSON event, but no header says so',
  'content-type-restored': 'the envelope has no datacontenttype; the content type of the message stands in',
  'content-type-place': 'the content type stands in another header than the binding says',
  'content-type-conflict': 'two headers name different content types; the first the binding names is taken',
  'byte-order-mark': 'a byte order mark stands before the JSON text',
  'header-case': 'a header name has upper-case letters where the transport compares by case',
  'repeated-header': 'a header that may stand once is repeated; the last value is taken',
  'lone-percent': 'a percent sign that begins no percent-encoding is kept as it is',
  'raw-text': 'a header value has characters that should be percent-encoded; they are kept as they are',
  'dropped-attribute': 'an optional attribute is illegal and left out; the event is kept',
  'extension-type': 'a documented extension does not fit its type; it is kept as text',
  'partial-headers':
    'some attribute headers are there but not specversion; the message is read as no CloudEvent',
  'generated-id': 'the transport names no position, so the id of the raw message is made up on receipt',
} as const

/** The stable name of something that only a lenient reader accepts. */
export type Leniency = keyof typeof leniencies

/** One leniency that reading a message took. */
export interface Warning {
  readonly leniency: Leniency
  /** The attribute it is about, if it is about one. */
  readonly attribute?: string | undefined
  /** What was found and what would be right; holds no more than a short excerpt of a value. */
  readonly message: string
}

/** Called for each leniency, before the event is handed over. */
export type Warn = (warning: Warning) => void

/** Goes on under a warning, or, where the reader is strict (`lenient` is absent), throws `DecodeError`. */
export function permit(lenient: Warn | undefined, warning: Warning): void {
  if (lenient !== undefined) {
    lenient(warning)
    return
  }
  const { leniency: rule, attribute = 'event', message } = warning
  throw new DecodeError(`not a valid CloudEvent: ${message}`, { violations: [{ attribute, rule, message }] })
}

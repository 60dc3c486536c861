import { InvalidEventError, messageOf } from './errors.ts'

/** Data as JSON text. Throws `InvalidEventError` where JSON has no such value. */
export function stringify(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw unencodable(`"data" cannot be written as JSON (${messageOf(cause)}): use plain values`, cause)
  }
  if (text === undefined) throw unencodable(`"data" is ${describe(value)}: use a JSON value`)
  return text
}

/** What a value is, without showing it: data may be secret. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

export function unencodable(message: string, cause?: unknown): InvalidEventError {
  return new InvalidEventError([{ attribute: 'data', rule: 'data-type', message }], { cause })
}

import type { DecodedEvent } from './decoded.ts'
import { type ExtensionType, typedExtension } from './extensions.ts'
import { permit, type Warn } from './leniency.ts'
import { quote } from './quote.ts'
import { checkAttribute } from './validate.ts'

/**
 * Sets one attribute as it was read; a text becomes the number, boolean or bytes that its documented type calls for.
 * Returns false where the event cannot be kept: the attribute is illegal and required, or the reader is strict. Nothing
 * is set then, so that a name such as `__proto__` never reaches the object.
 */
export function readAttribute(
  event: DecodedEvent,
  name: string,
  read: unknown,
  type: ExtensionType | undefined,
  lenient: Warn | undefined,
): boolean {
  const value = type === undefined || type === 'String' ? read : typed(name, read, type, lenient)
  const violation = checkAttribute(name, value)
  if (violation === undefined) {
    event[name] = value
    return true
  }
  if (lenient === undefined || isNeeded(name)) return false
  lenient({
    leniency: 'dropped-attribute',
    attribute: name,
    message: `${violation.message}; the attribute was left out`,
  })
  return true
}

/** Without these there is no event, or its data would read as something else. */
export function isNeeded(name: string): boolean {
  switch (name) {
    case 'specversion':
    case 'id':
    case 'source':
    case 'type':
    case 'datacontenttype':
      return true
    default:
      return false
  }
}

function typed(name: string, value: unknown, type: ExtensionType, lenient: Warn | undefined): unknown {
  if (typeof value !== 'string') return value
  const fitting = typedExtension(type, value)
  if (fitting !== undefined) return fitting
  permit(lenient, {
    leniency: 'extension-type',
    attribute: name,
    message: `"${name}" is ${quote(value)}: its type is ${type}`,
  })
  return value
}

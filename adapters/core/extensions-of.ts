import { attributeValue, canonical } from './data.ts'
import type { CloudEvent } from './event.ts'
import { type DocumentedExtensions, documentedExtensions, typedExtension } from './extensions.ts'
import { isBytes } from './message.ts'

/**
 * The documented extensions of an event, typed. The same for every way the event came: a `sampledrate` of `"5"`, which is
 * what a sender without types writes, and one of 5 are both 5. What does not fit its type is left out, so every member that
 * is there is what its type says; the event itself still has it.
 */
export function extensionsOf(event: CloudEvent): DocumentedExtensions {
  const extensions: DocumentedExtensions = {}
  for (const name in event) {
    const type = documentedExtensions.get(name)
    if (type === undefined) continue
    const value = attributeValue(event, name)
    if (value === undefined) continue
    const typed = type === 'Binary' && isBytes(value) ? value : typedExtension(type, canonical(value))
    if (typed !== undefined) Reflect.set(extensions, name, typed)
  }
  return extensions
}

import type { ExtensionType } from './extensions.ts'
import { isAttributeName } from './rules.ts'
import { usualTimestamp } from './timestamp.ts'
import { usualReference } from './uri.ts'

/** As `isPlain` has it. */
export const plain = /^[&-~]+$/
const version = /^1\.0$/

/**
 * Matches most texts that an attribute has: such a text keeps the attribute's rule, is its value as it stands, and every
 * header carries it unencoded, so that one look replaces three. What does not match may be as right. `undefined` where the
 * name is wrong or its values need more than a look.
 */
export function usualText(name: string, type: ExtensionType | undefined): RegExp | undefined {
  switch (name) {
    case 'specversion':
      return version
    case 'source':
      return usualReference
    case 'time':
      return usualTimestamp
    case 'datacontenttype':
    case 'dataschema':
      return undefined
    default:
      return (type === undefined || type === 'String') && isAttributeName(name) ? plain : undefined
  }
}

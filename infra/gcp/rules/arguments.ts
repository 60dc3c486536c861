import { hint } from '../../../adapters/core/nearest.ts'
import { type ResourceType, resourceArguments } from '../arguments.ts'
import { addressOf, ownArguments, type Rule } from './facts.ts'

const known = Object.keys(resourceArguments)

/** Every resource is of a type that is known here, with the arguments that the provider has. */
export const argumentsAreKnown: Rule = ({ blocks }) =>
  blocks.flatMap((block) => {
    const { type } = block
    if (/_iam_(binding|policy)$/.test(type))
      return [
        `${addressOf(block)}: it replaces grants that others made: use ${type.replace(/_(binding|policy)$/, '_member')}`,
      ]
    if (!isKnown(type))
      return [`${addressOf(block)}: no rule knows this type of resource: ${hint(type, known)}`]
    const parsed = resourceArguments[type].safeParse(ownArguments(block))
    return (parsed.error?.issues ?? []).map((issue) => {
      const fix =
        issue.code === 'unrecognized_keys'
          ? 'correct the name, or leave it out'
          : `give what hashicorp/google takes as an argument of ${type}`
      const path = issue.path.length === 0 ? '' : ` ${issue.path.map(String).join('.')}`
      return `${addressOf(block)}${path}: ${issue.message}: ${fix}`
    })
  })

function isKnown(type: string): type is ResourceType {
  return known.includes(type)
}

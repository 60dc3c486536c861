import type * as z from 'zod'
import { hint } from '../../../adapters/core/nearest.ts'
import { otherArguments, type ResourceType, resourceArguments } from '../arguments.ts'
import { addressOf, ownArguments, type Rule } from './facts.ts'

const known = Object.keys(resourceArguments)

/** Every resource is of a type that is known here, with the arguments that the provider has. */
export const argumentsAreKnown: Rule = ({ modules, blocks }) => [
  ...Object.values(modules).flatMap(({ data = {}, provider }) => [
    ...Object.entries(data).flatMap(([type, all]) =>
      Object.entries(all).flatMap(([id, given]) =>
        faultsOf(`data.${type}.${id}`, type, dataSchema(type), given),
      ),
    ),
    ...Object.entries(provider).flatMap(([name, given]) =>
      [given].flat().flatMap((each) => faultsOf(`provider.${name}`, name, providerSchema(name), each)),
    ),
  ]),
  ...blocks.flatMap((block) => {
    const { type } = block
    if (/_iam_(binding|policy)$/.test(type))
      return [
        `${addressOf(block)}: it replaces grants that others made: use ${type.replace(/_(binding|policy)$/, '_member')}`,
      ]
    if (!isKnown(type))
      return [`${addressOf(block)}: no rule knows this type of resource: ${hint(type, known)}`]
    return faultsOf(addressOf(block), type, resourceArguments[type], ownArguments(block))
  }),
]

function faultsOf(
  address: string,
  type: string,
  schema: z.ZodType | undefined,
  given: unknown,
): readonly string[] {
  if (schema === undefined) return [`${address}: no rule knows ${type}: leave it out`]
  return (schema.safeParse(given).error?.issues ?? []).map((issue) => {
    const fix =
      issue.code === 'unrecognized_keys'
        ? 'correct the name, or leave it out'
        : `give what hashicorp/google takes as an argument of ${type}`
    const path = issue.path.length === 0 ? '' : ` ${issue.path.map(String).join('.')}`
    return `${address}${path}: ${issue.message}: ${fix}`
  })
}

function dataSchema(type: string): z.ZodType | undefined {
  return type === 'google_project' ? otherArguments.data[type] : undefined
}

function providerSchema(name: string): z.ZodType | undefined {
  return name === 'google' ? otherArguments.provider[name] : undefined
}

function isKnown(type: string): type is ResourceType {
  return known.includes(type)
}

import type * as z from 'zod'
import { metaArguments, type ResourceType, resourceArguments } from '../arguments.ts'
import { type Block, blocksOf, type TerraformJson } from '../terraform-json.ts'

type Checked = { readonly [Type in ResourceType]: z.output<(typeof resourceArguments)[Type]> }

const schemas: { readonly [Type in ResourceType]: z.ZodType<Checked[Type]> } = resourceArguments

/** A resource whose arguments were checked. */
export interface Resource<Type extends ResourceType> {
  /** As Terraform names it: `type.id`. */
  readonly address: string
  readonly arguments: Checked[Type]
}

/** What the rules look at. */
export interface Facts {
  readonly modules: Readonly<Record<string, TerraformJson>>
  readonly blocks: readonly Block[]
  /** All of one type whose arguments are right; what is wrong with the others is told by the rule for arguments. */
  of<Type extends ResourceType>(type: Type): readonly Resource<Type>[]
  /** Follows a reference such as `${google_pubsub_topic.x.id}`, and gives the last part of a path. */
  nameOf(written: string): string
}

/** One rule: every way in which the modules break it, each naming the setting and the fix. */
export type Rule = (facts: Facts) => readonly string[]

export function factsOf(modules: Readonly<Record<string, TerraformJson>>): Facts {
  const blocks = blocksOf(modules)
  return {
    modules,
    blocks,
    of(type) {
      return blocks.flatMap((block) => {
        if (block.type !== type) return []
        const parsed = schemas[type].safeParse(ownArguments(block))
        return parsed.success ? [{ address: addressOf(block), arguments: parsed.data }] : []
      })
    },
    nameOf(written) {
      const [, type, id] = /^\$\{([\w-]+)\.([\w-]+)\.\w+\}$/.exec(written) ?? []
      const found = blocks.find((block) => block.type === type && block.id === id)
      const name = found?.arguments.name
      return (typeof name === 'string' ? name : written).replace(/^.*\//, '')
    },
  }
}

export function addressOf({ type, id }: Block): string {
  return `${type}.${id}`
}

/** Without what Terraform has for every resource. */
export function ownArguments({ arguments: given }: Block): Readonly<Record<string, unknown>> {
  const meta: readonly string[] = metaArguments
  return Object.fromEntries(Object.entries(given).filter(([name]) => !meta.includes(name)))
}

/** `86400s` as a number. */
export function secondsOf(duration: string): number {
  return Number(duration.slice(0, -1))
}

/** The subscriptions by what they are for. */
export function subscriptionsOf(facts: Facts, role: 'push' | 'pull' | 'dead-letter') {
  return facts.of('google_pubsub_subscription').filter(({ arguments: { push_config, labels } }) => {
    if (role === 'push') return push_config !== undefined
    return push_config === undefined && (role === 'dead-letter') === (labels?.role === 'dead-letter')
  })
}

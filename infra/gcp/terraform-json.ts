import * as z from 'zod'

const blocks = z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))

/** A root module in the JSON syntax of Terraform, as far as it is read here. */
export const terraformJson = z.looseObject({
  terraform: z.looseObject({}),
  provider: z.looseObject({}),
  variable: z.record(z.string(), z.looseObject({})).optional(),
  data: blocks.optional(),
  resource: blocks,
})

export type TerraformJson = z.output<typeof terraformJson>

/** One resource, and where it stands. */
export interface Block {
  readonly type: string
  readonly id: string
  readonly arguments: Readonly<Record<string, unknown>>
}

/** Every resource of these modules. */
export function blocksOf(modules: Readonly<Record<string, TerraformJson>>): readonly Block[] {
  return Object.values(modules).flatMap(({ resource }) =>
    Object.entries(resource).flatMap(([type, all]) =>
      Object.entries(all).map(([id, given]) => ({ type, id, arguments: given })),
    ),
  )
}

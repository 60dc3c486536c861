import * as z from 'zod'
import { nearest, WaybillError } from '../../adapters/core/index.ts'

/** Settings of `upload`. */
export interface UploadOptions {
  /**
   * The folder that files are read from: paths are relative to it, and one that leaves it is refused. Set it wherever
   * others can publish to the topic. Default: any path, relative ones to the working directory.
   */
  readonly directory?: string | undefined
}

const schema = z.strictObject(
  { directory: z.string({ error: 'give the path of a folder' }).min(1).optional() },
  {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return 'give { directory }'
      const [name = ''] = issue.keys
      return `unknown option "${name}": did you mean "${nearest(name, ['directory'])}"?`
    },
  },
)

/** Throws `ERR_CONFIG` naming what is wrong. */
export function checkOptions(options: unknown): UploadOptions {
  const checked = schema.safeParse(options)
  if (checked.success) return checked.data
  const problems = checked.error.issues.map(({ path, message }) => [...path, message].join(': '))
  throw new WaybillError('ERR_CONFIG', problems.join('; '), { adapter: 'upload' })
}
